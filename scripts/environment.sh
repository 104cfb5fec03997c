# Sourced by the scripts beside it: sets `root`, and `environment run|backtest|dev|attack` leaves $root/.venv ready.
#
# Rules: nothing on stdout; nothing relies on PATH, HOME, a locale or the working folder, because cron gives none of them;
# the usual case, nothing to do, costs one hash and one comparison.

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH HOME=${HOME:-~} # without HOME the tilde is the home in the password file
unset PYTHONHOME

# What the environment is made from, with the folder's own name: a moved project is set up again.
environment_key() {
    if command -v sha256sum >/dev/null; then sha256sum -- "$@"; else shasum -a 256 -- "$@"; fi
}

# Prints the newest Python that serves; fails when there is none.
find_python() {
    local name serves='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -I -S -c "$serves" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    command -v uv >/dev/null && uv python find --no-project '>=3.11,<3.14' 2>/dev/null
}

# Each level stands on those before it. One call makes all that are missing, so that they can be made side by side.
environment() {
    local level lock_file key python keys=() is_ready=yes
    local files=("$root/pyproject.toml" "$root/scripts/set_up.py")
    for level in run backtest dev attack; do
        lock_file=requirements-$level.lock
        [ "$level" != run ] || lock_file=requirements.lock
        files+=("$root/$lock_file")
        key=$(environment_key "${files[@]}") || exit 78
        keys+=("$level" "$key")
        if ! [ -x "$root/.venv/bin/python" ] || ! [ -r "$root/.venv/ready-$level" ] ||
            [ "$key" != "$(<"$root/.venv/ready-$level")" ]; then
            is_ready=
        fi
        [ "$level" != "$1" ] || break
    done
    [ "$level" = "$1" ] || { echo "trader: no environment '$1'; there are: run backtest dev attack" >&2; exit 2; }
    [ -z "$is_ready" ] || return 0
    if ! python=$(find_python); then
        echo "trader: no Python 3.11, 3.12 or 3.13 found on PATH ($PATH): install one, or add its folder to PATH" >&2
        exit 78
    fi
    "$python" -I "$root/scripts/set_up.py" "${keys[@]}" || exit $?
}
