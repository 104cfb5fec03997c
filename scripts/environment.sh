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

environment() {
    local level=$1 key python files
    files=("$root/pyproject.toml" "$root/requirements.lock" "$root/scripts/set_up.py")
    case $level in
        backtest)
            environment run
            files+=("$root/requirements-backtest.lock")
            ;;
        dev)
            environment backtest
            files+=("$root/requirements-backtest.lock" "$root/requirements-dev.lock")
            ;;
        attack)
            environment dev
            files+=("$root/requirements-dev.lock" "$root/requirements-attack.lock")
            ;;
    esac
    key=$(environment_key "${files[@]}") || exit 78
    if [ -x "$root/.venv/bin/python" ] && [ -r "$root/.venv/ready-$level" ] &&
        [ "$key" = "$(<"$root/.venv/ready-$level")" ]; then
        return
    fi
    if ! python=$(find_python); then
        echo "trader: no Python 3.11, 3.12 or 3.13 found on PATH ($PATH): install one, or add its folder to PATH" >&2
        exit 78
    fi
    "$python" -I "$root/scripts/set_up.py" "$level" "$key" || exit $?
}
