# One image for every process; what a container does is its command, what it may do is its database role.
FROM python:3.12-slim-bookworm AS build
WORKDIR /srv
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.12-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TRUSTREG_VAR=/srv/var TRUSTREG_PUBLIC_DIR=/srv/public
RUN useradd --system --uid 10001 trustreg && mkdir -p /srv/var /srv/public /srv/keys && chown trustreg /srv/var /srv/public
WORKDIR /srv/app
COPY --from=build /opt/venv /opt/venv
COPY . .
RUN TRUSTREG_DEMO=1 DATABASE_URL=postgresql://build/build python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
