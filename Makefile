# The two commands of the README: `make demo` and `make test`. Both install what Debian packages they lack.

PACKAGES = libopenblas-dev libgsl-dev libboost-math-dev libdnnl-dev libzip-dev zlib1g-dev libssl-dev \
           liblemon-dev pkg-config gnuplot-nox g++ curl
SWIFT_BUILD = swift build -c release

.PHONY: demo test bench build packages clean

demo: build
	.build/release/surety demo --output demo-output

test: packages
	swift test -c release

bench: build
	Benchmarks/run.sh

build: packages
	$(SWIFT_BUILD) --product surety

# Installs only what is missing, so that no password is asked for in vain.
packages:
	@command -v swift >/dev/null || { echo "Swift 6.1 or later is needed: see https://www.swift.org/install"; exit 1; }
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "ok installed" || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  $$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi

clean:
	rm -rf .build demo-output
