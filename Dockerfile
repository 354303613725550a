# One process, one port, one volume. Build and try it:
#   docker build -t exchange .
#   docker run --read-only -v exchange:/data -p 8080:8080 -e EXCHANGE_INIT=1 exchange
ARG PYTHON=python:3.13.7-slim-bookworm

# The page and the wheels: the wheel's build makes the page, with a Node that comes from PyPI.
FROM ${PYTHON} AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY . .
RUN deploy/install.sh /opt/exchange

# The image: Python, what was installed, and nobody who may change it.
FROM ${PYTHON}
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin exchange \
    && install -d -o exchange -g exchange /data
COPY --from=build /opt/exchange /opt/exchange
# Without EXCHANGE_INIT=1 a server in production refuses to begin on an empty volume. SQLite's temporary files, of which
# a copy needs some, go to the volume: nothing else can be written.
ENV PATH=/opt/exchange/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SQLITE_TMPDIR=/data \
    EXCHANGE_PRODUCTION=1
USER exchange
WORKDIR /data
VOLUME /data
# 8080 is the public port; 9091 serves metrics and must stay inside.
EXPOSE 8080 9091
STOPSIGNAL SIGTERM
ENTRYPOINT ["exchange"]
CMD ["serve", "--db", "/data/exchange.db", "--host", "0.0.0.0", "--port", "8080", "--metrics-host", "0.0.0.0", "--metrics-port", "9091"]
