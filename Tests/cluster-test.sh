#!/usr/bin/env bash
# A run shared by workers on a real Slurm: two nodes of this one machine, three workers, one of them killed and one told to stop.
#
#     make cluster-test
#
# Starts munged, slurmctld and two slurmd of its own, with everything they write in the build folder, and ends them.
set -euo pipefail
cd "$(dirname "$0")/.."
surety=$(realpath "${SURETY:-.build/release/surety}")
scratch=$(realpath .build)/cluster-test
host=$(hostname -s)
started=()

# A path of a socket has 107 characters at most; and munge wants its folders safe from others.
rm -rf "$scratch"
mkdir -p "$scratch"/{state,spool-n1,spool-n2,log}
chmod 700 "$scratch"
run=$(mktemp -d /tmp/surety-cluster.XXXXXX)
chmod 755 "$run"

# Whatever happens: no process stays, and no file but those in the build folder.
finish() {
  # Workers first, and what started them: a test that failed has some at work.
  scancel --user="$(id -un)" 2>/dev/null || true
  for _ in {1..50}; do [[ -n $(squeue -h 2>/dev/null) ]] || break; sleep 0.1; done
  for pid in $(pgrep -x slurmstepd || true) $(pgrep -f "^$surety .*--share $scratch" || true); do
    [[ $(tr '\0' '\n' 2>/dev/null < "/proc/$pid/environ" | sed -n 's/^SLURM_CONF=//p') == "$scratch"* ]] && kill -9 "$pid" 2>/dev/null || true
  done
  # The last first, each with what it started.
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do
    kill "${started[index]}" 2>/dev/null || true
  done
  for pid in "${started[@]}"; do
    for _ in {1..50}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$run"
}
trap finish EXIT

fail() {
  echo "cluster-test: $1" >&2
  tail -n 20 "$scratch"/log/*.log "$scratch"/shared/logs/*.log >&2 2>/dev/null || true
  exit 1
}

# What brings Slurm up has failed: some containers forbid it. With SURETY_WITHOUT_SLURM=say that is said, and no failure.
unable() {
  [[ ${SURETY_WITHOUT_SLURM:-} == say ]] || fail "$1"
  echo "SKIPPED: cluster-test, for want of Slurm here: $1"
  exit 0
}

# Waits two minutes until a command succeeds.
await() {
  local what=$1
  shift
  for _ in {1..600}; do
    if "$@" > /dev/null 2>&1; then return; fi
    sleep 0.2
  done
  "$fails" "$what did not come within two minutes"
}

fails=unable
# munge, which tells the daemons that it is they who speak to each other.
head -c 128 /dev/urandom > "$run/munge.key"
chmod 600 "$run/munge.key"
/usr/sbin/munged --foreground --force --key-file="$run/munge.key" --socket="$run/munge.socket" --pid-file="$run/munge.pid" \
  --log-file="$run/munge.log" --seed-file="$run/munge.seed" > "$scratch/log/munged.log" 2>&1 &
started+=($!)
await "munged" test -S "$run/munge.socket"

export SLURM_CONF=$scratch/slurm.conf
cat > "$SLURM_CONF" << END
ClusterName=surety
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$run/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=20
MinJobAge=600
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool-%n
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd-%n.pid
SlurmctldLogFile=$scratch/log/slurmctld.log
SlurmdLogFile=$scratch/log/slurmd-%n.log
SlurmctldPort=16817
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
END
slurmctld -D -c > "$scratch/log/slurmctld.out" 2>&1 &
started+=($!)
for node in n1 n2; do
  slurmd -D -N "$node" > "$scratch/log/$node.out" 2>&1 &
  started+=($!)
done
await "nodes that are idle" bash -c '[[ $(sinfo -h -o %t -N | sort | uniq -c | tr -s " ") == " 2 idle" ]]'
fails=fail
echo "Slurm is up: $(sinfo -h -o '%D nodes, %t')"

# One process, for comparison; and then three workers on the same.
command=(certify examples/digits.onnx --data synthetic --sigma 0.8 --n 100000 --radii 0.25,0.5,0.75,1 --skip 2)
single=$scratch/single shared=$scratch/shared
"$surety" "${command[@]}" --output "$single" > "$scratch/log/single.log" 2>&1 || fail "the single run failed"

submitted=$("$surety" submit --slurm --workers 3 --time 10 "${command[@]}" --share "$shared" --lease 4 --piece-seconds 1)
echo "$submitted"
job=$(sed -n 's/^job \([0-9]*\):.*/\1/p' <<< "$submitted")

working() { [[ $("$surety" status "$shared" | grep -c "works on") == "$1" ]]; }
await "three workers at work" working 3
"$surety" status "$shared"

# One dies, with its whole process; Slurm takes the job for failed. Another is told to stop and leaves in good order.
victim=$(pgrep -f "^$surety certify.*--share $shared" | head -n 1)
kill -9 "$victim"
await "a second worker that was told to stop" bash -c "scancel --signal=TERM --batch ${job}_2 || scancel --signal=TERM --batch ${job}_3"

finished() { [[ -z $(squeue -h --job "$job") ]]; }
await "the end of the job" finished
if ! "$surety" merge "$shared" --output "$scratch/merged" > "$scratch/log/merge.log" 2>&1; then
  # The two that were left may have been the ones: another takes part, as a user would.
  "$surety" "${command[@]}" --share "$shared" > "$scratch/log/last.log" 2>&1 || fail "a further worker failed"
  "$surety" merge "$shared" --output "$scratch/merged" > "$scratch/log/merge.log" 2>&1 || fail "merging failed"
fi
cat "$scratch/log/merge.log"
"$surety" status "$shared"

# The certificates are those of one process, timing aside, and hardly any sample was drawn twice.
python3 - "$single" "$scratch/merged" "$shared" << 'END'
import glob, json, sys
single, merged, shared = sys.argv[1:]
def lines(folder):
    found = [json.loads(line) for line in open(folder + "/certificates.jsonl")]
    for line in found: line.pop("timing")
    return found
one, many = lines(single), lines(merged)
assert one == many and one, "the certificates differ"
spent = left = silent = 0
for name in glob.glob(shared + "/workers/*.jsonl"):
    contents = [json.loads(line)["content"] for line in open(name) if line.endswith("\n")]
    spent += sum(content["piece"]["amount"] for content in contents if "piece" in content)
    left += any("left" in content for content in contents)
    silent += not any("left" in content for content in contents)
needed = sum(sum(line["counts"]) + sum(line["selectionCounts"]) for line in one)
print(f"{len(one)} certificates equal to one process's; {spent} samples in all against {needed}: {spent / needed:.4f} of it;"
      f" {left} workers left in good order, {silent} did not")
assert silent == 1, "one worker was killed"
assert spent <= 1.03 * needed, "more than 3 % of the samples were drawn twice"
END
"$surety" verify "$scratch/merged" --model examples/digits.onnx --data synthetic --replay 20
echo "cluster-test: passed"
