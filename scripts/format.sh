#!/usr/bin/env bash
# clang-format over all C++ files of the repository.
#
#   scripts/format.sh           rewrites what is not formatted
#   scripts/format.sh --check   only names it, and fails
set -euo pipefail
cd "$(dirname "$0")/.."

mode=(-i)
case "${1:-}" in
  "") ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "format: unknown option $1; known is --check" >&2; exit 2 ;;
esac

# Other versions lay out some lines differently.
formatter=$(command -v clang-format-14) || {
  echo "format: clang-format-14 is not installed; run scripts/setup.sh" >&2
  exit 78
}
git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' |
  xargs -0 -r -n 20 -P "$(nproc)" "$formatter" "${mode[@]}"
