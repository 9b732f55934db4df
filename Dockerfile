# The live server: no emulator, no example shop, no tests, no development dependencies.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional
# `npm sbom --omit=dev` leaves out what development needs as well: here nothing else is named or installed.
RUN npm pkg delete devDependencies optionalDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json
# A server needs neither the maps nor the tests that some packages bring.
RUN find node_modules -name '*.map' -delete && find node_modules -type d '(' -name test -o -name tests -o -name __tests__ ')' -prune -exec rm -rf '{}' +

# The pages, built by tools that the image goes without.
FROM node:24.21.0-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts
COPY tsconfig.json ./
COPY bin ./bin
COPY web ./web
RUN node bin/prepare.mjs

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production DOJANG_MODE=live HOST=0.0.0.0 PORT=3000 DOJANG_PRIVATE_PORT=3001 DATABASE_URL=sqlite:/data/dojang.db
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/sbom.cdx.json ./
COPY package.json LICENSE ./
COPY bin ./bin
COPY src ./src
COPY --from=pages /app/dist/pages ./dist/pages
RUN rm -rf src/emulator src/sandbox.ts && find src -name '*.test.ts' -delete
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 3000 3001
# A server answers at the one port, `dojang worker` at the other.
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "const ask = (port) => fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.ok || Promise.reject()); Promise.any([3000, 3010].map(ask)).then(() => process.exit(0), () => process.exit(1))"]
CMD ["node", "bin/dojang.mjs", "start"]
