# Sourced by set-up: `browser` leaves a Chromium that the tests of pages can start.
#
# Rules: one that is there already serves; else the system's own package, where this user may install it; else an
# error that says what to do. Nothing is fetched from anywhere but the system's package sources.

found_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    return 1
}

browser() {
    found_browser && return
    if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
        echo "trader: no Chromium found, and only root with apt-get can install one here: install the package" \
            "chromium (or google-chrome), then call this again" >&2
        exit 78
    fi
    echo "trader: installing chromium" >&2
    export DEBIAN_FRONTEND=noninteractive
    # Where no package list was fetched yet, or an old one names files that are gone.
    if ! apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >&2; then
        apt-get update -qq >&2 && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >&2 || {
            echo "trader: chromium could not be installed: see above; are the package sources reachable?" >&2
            exit 78
        }
    fi
    found_browser || {
        echo "trader: the package chromium is installed, but no program of that name is on PATH ($PATH)" >&2
        exit 78
    }
}
