# docker build -t feedsite .
# docker run --rm --env-file .env feedsite python manage.py migrate   (once per release)
# docker run --env-file .env -p 8000:8000 feedsite

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-deps --require-hashes -r requirements.txt
COPY . .
# The key is only here because nothing starts without one; nothing of it stays in the image.
RUN SECRET_KEY=unused python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
RUN useradd --system --no-create-home --uid 10001 feedsite \
  && mkdir /media && chown feedsite /media
# What people upload: mount a volume here that outlives the container.
ENV MEDIA_ROOT=/media
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER feedsite
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"]
CMD ["python", "-m", "feedsite.server"]
