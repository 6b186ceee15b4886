# One file, two images: `service` (the last stage, and so the default) and `train` (--target train, several GB).
FROM docker.io/library/python:3.11-slim-bookworm AS base
# A fresh named volume takes owner and mode of the folder that it covers.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin movietags \
    && install --directory --owner=10001 --group=10001 /var/lib/movietags /var/cache/movietags /run/movietags
# PGCLIENTENCODING: a PostgreSQL that was set up without an encoding would answer bytes where the database libraries expect text.
ENV PATH=/opt/movietags/bin:$PATH \
    PGCLIENTENCODING=UTF8 \
    PYTHONUNBUFFERED=1 \
    MOVIETAGS_DATA_DIR=/var/lib/movietags \
    XDG_CACHE_HOME=/var/cache

FROM base AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_PYTHON=/opt/movietags/bin/python \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python3 -m venv --without-pip /opt/movietags
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE tags.yaml ./
# The dependencies first, in a layer that a change of the sources leaves as it is.
COPY service/__init__.py service/
RUN pip install --constraint constraints.txt .
COPY service service
RUN pip install --no-deps --force-reinstall .

FROM build AS train
COPY training training
RUN pip install --constraint constraints.txt '.[train]' 'tensorflow[and-cuda]'
USER 10001:10001
WORKDIR /var/lib/movietags
ENTRYPOINT ["movietags-train"]

FROM build AS lean
# The networks are in OpenVINO's own format and run on the CPU; what it has for other formats and devices is 85 MB.
RUN find /opt/movietags -path '*/openvino/libs/*' \( -name '*_frontend.so*' -o -name '*_gpu_plugin*' -o -name '*_npu_plugin*' -o -name cache.json \) \
      ! -name '*_ir_frontend*' -delete

FROM base AS service
LABEL org.opencontainers.image.title="movietags" \
      org.opencontainers.image.description="Tells what a film is about: its themes, with scores and the times where they hold" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=lean /opt/movietags /opt/movietags
# The files of the image are never written, and compiled when it is built.
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/movietags
EXPOSE 8000
ENTRYPOINT ["movietags"]
CMD ["serve", "--port", "8000"]
