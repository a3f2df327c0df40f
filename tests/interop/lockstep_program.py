"""The program as a user starts it, and what its runs leave."""

import json
import os
import pathlib
import subprocess

_PROGRAM = os.environ["LOCKSTEP_PROGRAM"]


def output_of(arguments: list[str]) -> str:
    """Standard output of a call that must succeed."""
    command = [_PROGRAM] + [str(argument) for argument in arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {result.returncode}:\n{result.stderr}")
    return result.stdout


def train(config: pathlib.Path, run: pathlib.Path, settings: list[str]) -> list[float]:
    """Trains into `run` on one rank, the records in their order, and returns each step's loss."""
    settings = settings + [
        "data.shuffle=false", "checkpoint.initial=true", "log_every=1", "evaluation.every_epochs=0",
        "shards=1", "threads_per_rank=1",
    ]
    arguments = ["train", config, "--run-dir", run]
    for setting in settings:
        arguments += ["--set", setting]
    output_of(arguments)
    lines = (run / "logs" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["loss"] for line in lines]


def checkpoint(run: pathlib.Path, step: int) -> pathlib.Path:
    return run / "checkpoints" / f"step-{step:09d}"


def logits(model: pathlib.Path, pictures: list[pathlib.Path], preset: str = "") -> list[list[float]]:
    """What `predict` answers for each picture; `preset` names the network of a bare model file."""
    arguments = ["predict", model, *pictures, "--logits", "--json"]
    if preset:
        arguments += ["--model", preset]
    return [image["logits"] for image in json.loads(output_of(arguments))["images"]]
