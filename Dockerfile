# syntax=docker/dockerfile:1

FROM node:24.21-bookworm-slim AS base
WORKDIR /app
ENV npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json nest-cli.json .swcrc ./
COPY src ./src
RUN npm run build

FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force

# The models, 173 MB: for workers with IMAGE_ANALYSIS. Empty unless asked for.
FROM base AS addons
ARG WITH_IMAGE_ANALYSIS=false
COPY addons ./addons
RUN if [ "$WITH_IMAGE_ANALYSIS" = true ]; then npm ci --prefix addons/image-analysis && npm cache clean --force; fi

FROM base AS production
# jemalloc keeps the resident size of libvips steady over days; setpriv and prlimit (util-linux) bound ffmpeg and the
# renderer of SVG, whose text needs fonts.
# The archive's own versions are wanted here: they carry the security fixes of the day.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg fontconfig-config fonts-dejavu-core libjemalloc2 tini util-linux \
  && rm -rf /var/lib/apt/lists/* \
  && ln -s "/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so.2" /usr/local/lib/libjemalloc.so.2 \
  && install -d -o node -g node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=addons /app/addons ./addons
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY assets ./assets

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="media-service" \
  org.opencontainers.image.description="Self-hosted media back end: uploads, checks, processing and signed delivery" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

ENV NODE_ENV=production \
  DATA_DIR=/data \
  FFMPEG_PATH=/usr/bin/ffmpeg \
  FFPROBE_PATH=/usr/bin/ffprobe \
  LD_PRELOAD=/usr/local/lib/libjemalloc.so.2
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
