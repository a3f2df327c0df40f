#!/usr/bin/env bash
# Builds Lockstep and runs all tests that this machine can run.
#
#   scripts/test.sh              for every day
#   scripts/test.sh --all        and the long rounds: sanitizers first, then clang-tidy over all files with the rest
#   scripts/test.sh ARGUMENT...  further arguments go to ctest, for example -L mpi or -R Checkpoint
#
# What cannot run here is skipped, with its reason above the summary. LOCKSTEP_TEST_DATA (a folder with
# fashion-mnist/) and `scripts/setup.sh --interop` let more of it run.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=()
rounds=(-LE long)
arguments=()
for argument in "$@"; do
  case "$argument" in
    --all) rounds=() sanitizers=(asan tsan) ;;
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) arguments+=("$argument") ;;
  esac
done

# Open MPI refuses root, which containers run as, and more ranks than cores, which tests have.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe=1

# What reads foreign bytes, allocates and runs threads, with the ranks as threads of one process. GoogleTest runs
# the programs as a whole: sanitized processes are slow to start. A sanitizer's allocator cannot be counted.
for sanitizer in ${sanitizers[@]+"${sanitizers[@]}"}; do
  cmake --preset "$sanitizer"
  cmake --build --preset "$sanitizer" --target core_tests comm_tests
  for program in core_tests comm_tests; do
    "build-$sanitizer/tests/$program" --gtest_brief=1 --gtest_filter='-Mpi*:*AllocatesNothing*' </dev/null
  done
done

[ -f build/build.ninja ] || cmake --preset release
cmake --build --preset release

results=$(mktemp)
trap 'rm -f "$results"' EXIT

# Copies ctest's output, with the reasons of skipped tests in front of its summary.
explain_skips() {
  local line summary=""
  while IFS= read -r line; do
    if [[ $line == *"% tests passed"* ]]; then
      summary=$line$'\n'$(cat)
      break
    fi
    printf '%s\n' "$line"
  done
  python3 scripts/skip_reasons.py "$results"
  printf '%s\n' "$summary"
}

ctest --test-dir build --output-on-failure --no-tests=error --output-junit "$results" \
  ${rounds[@]+"${rounds[@]}"} ${arguments[@]+"${arguments[@]}"} </dev/null 2>&1 | explain_skips
