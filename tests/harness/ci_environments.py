"""The variables that each CI system sets for a job."""

from __future__ import annotations

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/bot",
    "GITHUB_RUN_ID": "9001",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_WORKFLOW": "Release",
    "GITHUB_JOB": "gate",
    "GITHUB_ACTION": "probe",
    "GITHUB_SHA": "4f2a9c1d00000000000000000000000000000000",
    "GITHUB_REF_NAME": "main",
    "GITHUB_EVENT_NAME": "push",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "acme/bot",
    "CI_PIPELINE_ID": "700",
    "CI_PIPELINE_IID": "70",
    "CI_JOB_ID": "88001",
    "CI_JOB_NAME": "probe-gate: [eu, 42]",
    "CI_JOB_URL": "https://gitlab.example.com/acme/bot/-/jobs/88001",
    "CI_COMMIT_SHA": "4f2a9c1d00000000000000000000000000000000",
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_REF_PROTECTED": "true",
}
JENKINS = {
    "JENKINS_URL": "https://jenkins.example.com/",
    "JOB_NAME": "acme/bot/main",
    "BUILD_NUMBER": "31",
    "BUILD_TAG": "jenkins-acme-bot-main-31",
    "BUILD_URL": "https://jenkins.example.com/job/acme/31/",
    "STAGE_NAME": "Probe gate",
    "GIT_COMMIT": "4f2a9c1d00000000000000000000000000000000",
    "BRANCH_NAME": "main",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_REPOSITORY_NAME": "acme/bot",
    "BUILD_BUILDID": "505",
    "BUILD_BUILDNUMBER": "20261124.3",
    "BUILD_DEFINITIONNAME": "bot",
    "BUILD_SOURCEVERSION": "4f2a9c1d00000000000000000000000000000000",
    "BUILD_SOURCEBRANCHNAME": "main",
    "SYSTEM_STAGENAME": "Verify",
    "SYSTEM_PHASENAME": "gate",
    "SYSTEM_JOBNAME": "gate",
    "SYSTEM_STAGEATTEMPT": "1",
    "SYSTEM_JOBATTEMPT": "2",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "bots",
}
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "17",
    "BITBUCKET_REPO_FULL_NAME": "acme/bot",
    "BITBUCKET_PIPELINE_UUID": "{11111111-2222-3333-4444-555555555555}",
    "BITBUCKET_STEP_UUID": "{66666666-2222-3333-4444-555555555555}",
    "BITBUCKET_STEP_RUN_NUMBER": "2",
    "BITBUCKET_COMMIT": "4f2a9c1d00000000000000000000000000000000",
    "BITBUCKET_BRANCH": "main",
}
CIRCLECI = {
    "CIRCLECI": "true",
    "CIRCLE_PROJECT_USERNAME": "acme",
    "CIRCLE_PROJECT_REPONAME": "bot",
    "CIRCLE_WORKFLOW_ID": "11111111-2222-3333-4444-555555555555",
    "CIRCLE_JOB": "gate",
    "CIRCLE_BUILD_NUM": "77",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/bot/77",
    "CIRCLE_SHA1": "4f2a9c1d00000000000000000000000000000000",
    "CIRCLE_BRANCH": "main",
}
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_ORGANIZATION_SLUG": "acme",
    "BUILDKITE_PIPELINE_SLUG": "bot",
    "BUILDKITE_BUILD_ID": "11111111-2222-3333-4444-555555555555",
    "BUILDKITE_BUILD_NUMBER": "55",
    "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/bot/builds/55",
    "BUILDKITE_JOB_ID": "99999999-2222-3333-4444-555555555555",
    "BUILDKITE_STEP_ID": "66666666-2222-3333-4444-555555555555",
    "BUILDKITE_RETRY_COUNT": "0",
    "BUILDKITE_COMMIT": "4f2a9c1d00000000000000000000000000000000",
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_PULL_REQUEST": "false",
}
SYSTEMS = {
    "github": GITHUB,
    "gitlab": GITLAB,
    "jenkins": JENKINS,
    "azure": AZURE,
    "bitbucket": BITBUCKET,
    "circleci": CIRCLECI,
    "buildkite": BUILDKITE,
}
