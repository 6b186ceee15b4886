# Sourced by the other scripts: makes .venv with the wanted extras, once for each state of pyproject.toml and constraints.txt.
# usage: source scripts/setup.sh core|EXTRAS      such as: source scripts/setup.sh train,dev
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
extras=$1
venv="$root/.venv"
stamp="$venv/installed-$extras"
wanted=$(echo "$root" | cat - "$root/pyproject.toml" "$root/constraints.txt" | cksum) # a moved checkout sets itself up again

if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  (
    # Two first starts at once must not install into one folder at the same time.
    if command -v flock >/dev/null; then exec 9>"$root/.venv.lock" && flock 9; fi
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0
    python=${PYTHON:-$(command -v python3.11 || command -v python3)}
    if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3." >&2
      exit 1
    fi
    echo "Setting up ${venv##*/} (once) ..." >&2
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || exit 1
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$root/constraints.txt" \
      --editable "$root$([ "$extras" = core ] || echo "[$extras]")" >&2 || exit 1
    for held in core ${extras//,/ }; do # each alone is held by the install of all
      echo "$wanted" >"$venv/installed-$held"
    done
    echo "$wanted" >"$stamp"
  ) || exit 1
fi
