"""Run every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    *("training_throughput.py", "epoch_cka.py", "density_sampler.py", "trial_throughput.py", "certification.py"),
    *("label_parts.py", "rewinding.py", "stitching.py", "manifold_capacity.py", "class_subspaces.py"),
    "stacked_training.py",
)

for benchmark in BENCHMARKS:
    subprocess.run([sys.executable, Path(__file__).with_name(benchmark)], check=True)
