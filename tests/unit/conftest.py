import os

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # jobs take the GPU that they see, and expected values are the CPU's
