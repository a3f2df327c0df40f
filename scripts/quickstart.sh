#!/usr/bin/env bash
# From a fresh checkout to a trained, checked and used model: sets up, builds, makes a small data set, trains
# LeNet on it with two ranks, evaluates, verifies the checkpoints and predicts. A second call trains a new run.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
# Shows a command as the reader may type it, and runs it.
show() { printf '\n$ %s\n' "$*"; "$@"; }

say "1. Compilers, libraries, oneDNN"
scripts/setup.sh

say "2. Build"
cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log >&2; exit 1; }
rm -f build-configure.log
cmake --build --preset release --target lockstep

say "3. Data: pictures of ten signs drawn by the program, 28x28 grey, in the format of MNIST"
[ -f data/glyphs/train-images-idx3-ubyte ] || show build/lockstep data make glyphs --output data/glyphs

run=runs/quickstart
for ((number = 2; ; ++number)); do
  [ -e "$run" ] || break
  run=runs/quickstart-$number
done

say "4. Train LeNet on two ranks"
show build/lockstep launch -n 2 -- train configs/lenet_glyphs.textproto --run-dir "$run"

say "5. Evaluate"
show build/lockstep eval "$run"

say "6. Checkpoints: list them, check every byte"
show build/lockstep checkpoint ls "$run"
show build/lockstep checkpoint verify "$run"

say "7. Predict three pictures of the validation set"
pictures=data/glyphs/t10k-images-idx3-ubyte
show build/lockstep predict "$run" "$pictures:0" "$pictures:1" "$pictures:2"

say "8. The same training on one rank gives the same bits: one hash over all weights and optimizer state"
show build/lockstep --quiet train configs/lenet_glyphs.textproto --run-dir "$run-on-one-rank"
show build/lockstep checkpoint hash "$run"
show build/lockstep checkpoint hash "$run-on-one-rank"
cmp <(build/lockstep checkpoint hash "$run") <(build/lockstep checkpoint hash "$run-on-one-rank")

say "Done in $((SECONDS / 60)) min $((SECONDS % 60)) s. Next:"
cat <<TEXT
  your own IDX files            --set data.path=FOLDER
  another number of ranks       --resume auto goes on with any, to the same bits
  the weights in PyTorch        safetensors.torch.load_file("$run/checkpoints/step-.../model.safetensors")
  all verbs                     build/lockstep --help
TEXT
