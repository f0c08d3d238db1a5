"""Names of values of Dagster's Helm chart 1.13, as its schema documents them, so far as ours may use them. Helpers only.

A mapping: these names and no others. None: a plain value, or what Kubernetes itself describes.
"""

from __future__ import annotations

from typing import Any

_IMAGE = dict.fromkeys(("repository", "tag", "pullPolicy"))
_ENVIRONMENT = dict.fromkeys(("env", "envConfigMaps", "envSecrets", "volumeMounts", "volumes"))
_POD = dict.fromkeys(
    (
        *(
            "annotations",
            "nodeSelector",
            "affinity",
            "tolerations",
            "podSecurityContext",
            "securityContext",
            "resources",
        ),
        *("labels", "livenessProbe", "readinessProbe", "startupProbe", "schedulerName"),
    )
)
_WORKERS = dict.fromkeys(("useThreads", "numWorkers", "numSubmitWorkers"))
_TICKS = {"purgeAfterDays": dict.fromkeys(("skipped", "success", "failure", "started"))}

CHART: dict[str, Any] = {
    "global": dict.fromkeys(
        (
            *("postgresqlSecretName", "dagsterHome", "serviceAccountName", "celeryConfigSecretName"),
            "dagsterInstanceConfigMap",
        )
    ),
    "generatePostgresqlPasswordSecret": None,
    "generateCeleryConfigSecret": None,
    "imagePullSecrets": None,
    "postgresql": {
        **dict.fromkeys(
            ("enabled", "postgresqlHost", "postgresqlUsername", "postgresqlPassword", "postgresqlDatabase")
        ),
        **dict.fromkeys(("postgresqlParams", "postgresqlScheme")),
        "image": _IMAGE,
        "service": {"port": None},
    },
    "dagsterWebserver": {
        **_ENVIRONMENT,
        **_POD,
        **dict.fromkeys(("replicaCount", "nameOverride", "workspace", "enableReadOnly", "pathPrefix", "logLevel")),
        "image": _IMAGE,
        "service": dict.fromkeys(("annotations", "type", "port")),
    },
    "dagsterDaemon": {
        **_ENVIRONMENT,
        **_POD,
        **dict.fromkeys(("enabled", "heartbeatTolerance", "runCoordinator", "logFormat")),
        "image": _IMAGE,
        "runMonitoring": dict.fromkeys(
            (
                *("enabled", "startTimeoutSeconds", "cancelTimeoutSeconds", "maxResumeRunAttempts"),
                *("pollIntervalSeconds", "freeSlotsAfterRunEndSeconds"),
            )
        ),
        "runRetries": dict.fromkeys(("enabled", "maxRetries", "retryOnAssetOrOpFailure")),
        "sensors": _WORKERS,
        "schedules": _WORKERS,
        "backfills": _WORKERS,
    },
    "concurrency": {
        "enabled": None,
        "runs": dict.fromkeys(("maxConcurrentRuns", "tagConcurrencyLimits")),
        "pools": dict.fromkeys(("defaultLimit", "granularity", "opGranularityRunBuffer")),
    },
    "retention": {"enabled": None, "schedule": {"purgeAfterDays": None}, "sensor": _TICKS},
    "telemetry": {"enabled": None},
    "serviceAccount": dict.fromkeys(("create", "name", "annotations")),
    "runLauncher": {
        "type": None,
        "config": {
            "k8sRunLauncher": {
                **dict.fromkeys(("imagePullPolicy", "jobNamespace", "loadInclusterConfig", "kubeconfigFile", "labels")),
                **dict.fromkeys(("envConfigMaps", "envSecrets", "envVars", "volumeMounts", "volumes")),
                "failPodOnRunFailure": None,
                "image": _IMAGE,
            }
        },
    },
    "dagster-user-deployments": {
        "enabled": None,
        "enableSubchart": None,
        "imagePullSecrets": None,
        "deployments": {
            **_ENVIRONMENT,
            **_POD,
            **dict.fromkeys(("name", "port", "dagsterApiGrpcArgs", "codeServerArgs", "replicaCount")),
            "image": _IMAGE,
            "includeConfigInLaunchedRuns": {"enabled": None},
        },
    },
}
