#!/usr/bin/env bash
# Says what this machine lacks, and what to do, before anything is built. Given: the Python to use, empty if there is none.
set -eu
python=$1

stop() {
    echo "$*" >&2
    exit 1
}

case $PWD in
*[[:space:]\"\'\\\$\`\&\;\|\<\>\(\)\{\}\*\?\[\]\!\#]*)
    stop "This folder, $PWD, has a space or a sign of the shell's in its path, which Snakemake's jobs cannot start from." \
        "Move it to a path of letters, digits, -, _ and dots."
    ;;
esac
[ -w . ] || stop "This folder, $PWD, cannot be written to: its environment and results lie in it. Copy it to one that can."

caches=${XDG_CACHE_HOME:-${HOME:-~}/.cache}
mkdir -p "$caches" 2>/dev/null && [ -w "$caches" ] ||
    stop "$caches, where caches lie, cannot be written to. Say where they may: export XDG_CACHE_HOME=/a/folder."

if [ -e .venv/.ready ]; then
    [ -x .venv/bin/python ] || stop "The Python that .venv was made with is gone: rm -r .uv .venv, and try again."
    [ .venv/.ready -nt envs/requirements.lock ] && [ .venv/.ready -nt pyproject.toml ] && exit # nothing is to be built
fi
[ -n "$python" ] || stop "There is no Python. Install 3.11 (Debian, Ubuntu: apt install python3.11 python3.11-venv)," \
    "or name one: make PYTHON=/path/to/python3.11."
"$python" -c '' 2>/dev/null || stop "$python is no Python that runs. Name one: make PYTHON=/path/to/python3.11."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version) at $python is too old. Install 3.11 or newer and name it: make PYTHON=/path/to/python3.11."
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop "$("$python" --version) at $python cannot make environments." \
    "Install its module venv (Debian, Ubuntu: apt install python3-venv, or python3.11-venv for python3.11)."
