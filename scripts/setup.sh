#!/usr/bin/env bash
# Installs what building and testing Lockstep needs on Debian 12. A second call finds everything and ends at once.
#
#   scripts/setup.sh             compilers, libraries, and oneDNN into .deps/onednn
#   scripts/setup.sh --interop   and PyTorch, torchvision and safetensors into .venv/interop, for the interop tests and
#                                benchmarks/compare_pytorch.py (about 5 GB)
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  build-essential ccache cmake git ninja-build pkg-config python3-venv
  clang-14 clang-format-14 clang-tidy-14 libomp-14-dev
  openmpi-bin libopenmpi-dev
  libprotobuf-dev protobuf-compiler nlohmann-json3-dev libcli11-dev libfmt-dev
  zlib1g-dev libssl-dev libhwy-dev
  libgtest-dev libgmock-dev
)
readonly onednn_version=2023.2.0

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//p}' "$0"; }

is_installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
  local missing=()
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ "${#missing[@]}" -eq 0 ]; then
    echo "setup: all ${#packages[@]} system packages are installed"
    return
  fi
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The wheels hold the library three times, as archives cannot hold links; one copy and two links are kept.
unpack_onednn() {
  local downloads=$1 target=$2
  /usr/bin/python3 - "$downloads" "$target" <<'PYTHON'
import pathlib, shutil, sys, zipfile
downloads, target = map(pathlib.Path, sys.argv[1:])
for wheel in sorted(downloads.glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            inside = name.partition(".data/data/")[2]
            if not inside or name.endswith(("/libdnnl.so", "/libdnnl.so.3")):
                continue
            path = target / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy)
library = target / "lib"
(library / "libdnnl.so.3.2").chmod(0o755)
(library / "libdnnl.so.3").symlink_to("libdnnl.so.3.2")
(library / "libdnnl.so").symlink_to("libdnnl.so.3")
PYTHON
  echo "$onednn_version" >"$target/VERSION"
}

install_onednn() {
  local target=.deps/onednn
  if [ "$(cat "$target/VERSION" 2>/dev/null)" = "$onednn_version" ]; then
    echo "setup: oneDNN is in $target"
    return
  fi
  echo "setup: fetching oneDNN into $target"
  local work
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  cat >"$work/requirements.txt" <<REQUIREMENTS
onednn-cpu-gomp==$onednn_version --hash=sha256:2f22a54d6a890ed14bfa185d42a4be65d8b5b1df85dc1f0f3a9abe31620416fb
onednn-devel-cpu-gomp==$onednn_version --hash=sha256:9763c69e8c907e119056bd52ad918ca84ac9ba939d130a99dfa95ccca3e5e284
REQUIREMENTS
  # Debian's python3 has no pip of its own; a virtual environment brings one.
  /usr/bin/python3 -m venv "$work/venv"
  "$work/venv/bin/pip" --quiet download --no-deps --only-binary :all: --require-hashes \
    -r "$work/requirements.txt" -d "$work/wheels"
  mkdir -p .deps
  rm -rf "$target.new"
  unpack_onednn "$work/wheels" "$target.new"
  rm -rf "$target"
  mv "$target.new" "$target"
}

install_interop() {
  local target=.venv/interop requirements=tests/interop/requirements.txt
  if cmp -s "$requirements" "$target/installed.txt"; then
    echo "setup: the Python references are in $target"
    return
  fi
  echo "setup: installing the Python references into $target (several minutes)"
  rm -rf "$target"
  /usr/bin/python3 -m venv "$target"
  "$target/bin/pip" --quiet install --no-cache-dir --require-hashes -r "$requirements"
  cp "$requirements" "$target/installed.txt"
}

interop=no
for argument in "$@"; do
  case "$argument" in
    --interop) interop=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup: unknown option $argument; see $0 --help" >&2; exit 2 ;;
  esac
done
if ! command -v dpkg-query >/dev/null; then
  echo "setup: this script installs Debian packages, and this machine has no dpkg; install the libraries named" >&2
  echo "setup: in CONTRIBUTING.md by hand and build with cmake --preset release" >&2
  exit 78
fi
install_packages
install_onednn
[ "$interop" = no ] || install_interop
