# docker build -t feedsite .
# docker run --rm --env-file .env feedsite python manage.py migrate   (once per release)
# docker run --env-file .env -p 8000:8000 --read-only --tmpfs /tmp --cap-drop ALL \
#   --security-opt no-new-privileges -v media:/var/lib/feedsite/media feedsite
#
# tests/deploy/test_image.py runs these steps, and the result with a read-only root.

# A tag can be moved to another image. To build on an exact image, give its digest:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm
#   docker build --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:… -t feedsite .
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-deps --require-hashes -r requirements.txt
COPY . .
# Any command needs a key. This one is temporary and is not stored in the image.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
  python manage.py collectstatic --noinput --verbosity 0
# The file system is read-only at run time, so Python cannot store compiled modules then.
RUN python -m compileall -q background demo feed feedsite freshcache posts

FROM ${PYTHON_IMAGE}
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
# Uploads: the only directory besides /tmp that the site writes to. Mount a persistent volume here.
ENV MEDIA_ROOT=/var/lib/feedsite/media
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin feedsite \
  && install --directory --owner=feedsite --group=feedsite --mode=0750 /var/lib/feedsite/media
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER feedsite
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
CMD ["python", "-m", "feedsite.server"]
