# One image for every CI system: Debian based, root unless the caller says otherwise, works as any uid, without HOME,
# with a read-only root. No USER and no WORKDIR: GitHub's files belong to root's container, and it chooses the directory.
ARG BASE_IMAGE=docker.io/library/python:3.12.14-slim-trixie@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

FROM ${BASE_IMAGE} AS build
COPY requirements.lock /build/
# The base's pip installs into a place of its own, so that neither it nor its cache comes along.
RUN python3 -m venv --without-pip /opt/probe-gate \
    && pip --python /opt/probe-gate/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /build/requirements.lock
COPY src/probe_gate /opt/probe-gate/src/probe_gate
# -I, isolated: neither the checkout, which is the working directory, nor PYTHONPATH can bring modules in. -S: the start
# of another command need not wait for Python's site; ours calls for it itself. -u: a log shows each line at once.
# The bytecode is made here: at run time nothing may be written.
RUN site=$(/opt/probe-gate/bin/python -c 'import site; print(site.getsitepackages()[0])') \
    && echo /opt/probe-gate/src > "$site/probe_gate.pth" \
    && for name in main:probe-gate cleanup:probe-gate-cleanup; do \
        printf '#!/opt/probe-gate/bin/python -ISu\nimport sys\nsys.path.append("%s")\nfrom probe_gate.container import %s\nsys.exit(%s())\n' \
            /opt/probe-gate/src "${name%:*}" "${name%:*}" > "/opt/probe-gate/bin/${name#*:}" \
        && chmod 755 "/opt/probe-gate/bin/${name#*:}"; \
    done \
    && /opt/probe-gate/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/probe-gate \
    && /opt/probe-gate/bin/python -c 'from probe_gate.reports.html import compile_templates as c; c()' \
    && chmod 644 /opt/probe-gate/src/probe_gate/reports/__pycache__/*.cache \
    && /opt/probe-gate/bin/probe-gate --version

FROM ${BASE_IMAGE}
# ps: without it Jenkins cannot pass an abort on. sh and grep, which GitLab needs, are in the base. No versions here:
# Debian keeps only the newest one, so a pinned build would break with the next security fix.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends procps \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
COPY --from=build /opt/probe-gate /opt/probe-gate
RUN ln -s /opt/probe-gate/bin/probe-gate /opt/probe-gate/bin/probe-gate-cleanup /usr/local/bin/
ARG VERSION=0.0.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="probe-gate" \
      org.opencontainers.image.description="A CI gate for SplxAI Probe: run the probes, judge the scores, fail the build with a reason." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
ENTRYPOINT ["/usr/local/bin/probe-gate"]
