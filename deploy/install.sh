#!/bin/sh
# Installs the server, with everything it needs and the page inside, into the folder PREFIX, which nothing writes to
# afterwards: every version as pinned in pyproject.toml, every module compiled. Building the wheel builds the page;
# Node for that comes as a Python package.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: deploy/install.sh PREFIX" >&2
  exit 2
fi
# An image without the page is a mistake, so there its build must not fail quietly.
export EXCHANGE_PAGE=require
export UV_PROJECT_ENVIRONMENT="$1" UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_LINK_MODE=copy
cd "$(dirname "$0")/.."
uv sync --no-dev --no-editable --compile-bytecode
"$1/bin/exchange" --version
