# The two commands of the README: `make demo` and `make test`. Both install what Debian packages they lack.

PACKAGES = libopenblas-dev libgsl-dev libboost-math-dev libdnnl-dev libzip-dev zlib1g-dev libssl-dev \
           liblemon-dev libpng-dev libjpeg-dev libwebp-dev pkg-config gnuplot-nox g++ curl
SWIFT_BUILD = swift build -c release

.PHONY: demo test test-noise test-coverage test-extensions test-isa fuzz cluster-test bench reference build packages clean

demo: build
	.build/release/surety demo --output demo-output

test: packages
	swift test -c release

# The law of the noise on a grid in 10⁹ draws, where `make test` draws 10⁷. Takes a few minutes.
test-noise: packages
	SURETY_LONG_TESTS=1 swift test -c release --filter GridNoiseTests

# Coverage by simulation with a million certificates in each setting, where `make test` makes ten thousand or a little more. Takes
# an hour.
test-coverage: packages
	SURETY_COVERAGE=1000000 swift test -c release --filter CoverageTests

# An attack, a defense, a bound and a noise family from outside the library, in a package of their own. Builds Surety once more.
test-extensions: packages
	swift run -c release --package-path examples/extensions --scratch-path .build/extensions extensions examples/digits.onnx

# The whole test suite once for each instruction set: what oneDNN, OpenBLAS and our own kernels would take on older
# processors. A level that this processor lacks is the one below it. Goes on after a failure, and fails in the end.
test-isa: packages
	swift build -c release --build-tests
	@failed=; \
	for levels in "SSE41 Nehalem x86-64" "AVX2 Haswell x86-64-v3" "AVX512_CORE SkylakeX x86-64-v4" "ALL"; do \
	  set -- $$levels; \
	  echo "== oneDNN $$1, OpenBLAS $${2:-as it chooses}, our kernels $${3:-as they choose}"; \
	  env ONEDNN_MAX_CPU_ISA=$$1 $${2:+OPENBLAS_CORETYPE=$$2} $${3:+SURETY_CPU_LEVEL=$$3} \
	    swift test -c release --skip-build || failed="$$failed $$1"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed under:$$failed"; exit 1; fi

# Readers of files under coverage-guided fuzzing, a million runs each. What it finds becomes part of the suite. Takes an hour.
fuzz: packages
	Tests/fuzz.sh

# A run shared by workers on a Slurm of this one machine, which is installed if need be, brought up and ended.
cluster-test: build
	$(call install,slurm-wlm munge)
	Tests/cluster-test.sh

bench: build
	Benchmarks/run.sh

# The library's public declarations with their comments, as web pages in reference/.
reference: build
	docs/reference.sh reference

build: packages
	$(SWIFT_BUILD) --product surety

# Installs only what is missing, so that no password is asked for in vain.
packages:
	@command -v swift >/dev/null || { echo "Swift 6.1 or later is needed: see https://www.swift.org/install"; exit 1; }
	$(call install,$(PACKAGES))

define install
	@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "ok installed" || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  $$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi
endef

clean:
	rm -rf .build demo-output reference
