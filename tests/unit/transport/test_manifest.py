"""What the deploy tool is told, for every function by name."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from firebase_functions.private import serving

from firetill import api, config
from firetill.transport import options

FUNCTIONS = Path(__file__).parents[3] / "functions"

STRIPE = ["STRIPE_SECRET_KEY"]
MAIL = ["NOTIFICATION_CREDENTIALS"]
CODES = ["TICKET_SIGNING_KEYS"]
STRIPE_WEBHOOK = [*STRIPE, "STRIPE_WEBHOOK_SECRET", *CODES]

CALLABLES: dict[str, list[str]] = {
    "startSession": [],
    "heartbeatSession": [],
    "resolveSession": [],
    "createCreditsPurchaseIntent": STRIPE,
    "createCheckoutSession": STRIPE,
    "acceptTerms": [],
    "mergeAccount": [],
    "exportData": [],
    "deleteAccount": STRIPE,
    "claimUsername": [],
    "purchaseShopItem": [],
    "createOrder": STRIPE,
    "cancelOrder": STRIPE,
    "finalizeOrder": [*STRIPE, *CODES],
    "checkInventory": [],
    "manualCreateTicket": CODES,
    "transferTicket": CODES,
    "backfillTicketTokens": CODES,
    "reconcileEventUsersNow": [],
    "registerPushToken": [],
    "resendReceipt": [],
    "runAction": [],
    "getAction": [],
    "listActions": [],
    "saveReply": [],
    "listSavedReplies": [],
    "scanTicket": CODES,
    "previewScan": [],
    "undoScan": [],
    "createPairingCode": [],
    "pairDevice": [],
    "reportDevice": [],
    "revokeDevice": [],
    "findGuests": [],
    "resolveConflict": [],
    "getCredits": [],
    "getRoster": CODES,
    "adjustCredits": [],
    "getMetrics": [],
    "listUsers": [],
    "listStripeEvents": [],
    "replayEvent": [*STRIPE, *CODES],
    "runJob": [*STRIPE, *CODES, *MAIL],
    "getOrderTimeline": [],
    "checkFulfillment": STRIPE,
    "uploadScans": CODES,
    "subscribe": STRIPE,
    "cancelSubscription": STRIPE,
    "getSubscription": [],
    "createPortalLink": STRIPE,
}
HTTP: dict[str, list[str]] = {
    "api": [
        "PROXY_KEYS",
        *dict.fromkeys(secret.name for one in api.OPERATIONS for secret in one.secrets),
    ],
    "handleStripeWebhook": STRIPE_WEBHOOK,
}
JOBS: dict[str, tuple[str, list[str]]] = {
    "expireStaleSessions": ("every 5 minutes", []),
    "reconcileAllUsers": ("every 5 minutes", []),
    "reconcileIncremental": ("every 15 minutes", []),
    "expireRedemptions": ("every 15 minutes", []),
    "expireReservations": ("every 5 minutes", STRIPE),
    "resetDailyCredits": ("every 1 hours", []),
    "endGracePeriods": ("every 1 hours", STRIPE),
    "retryStripeEvents": ("every 5 minutes", [*STRIPE, *CODES]),
    "sweepActions": ("every 5 minutes", []),
    "deliverNotifications": ("every 5 minutes", MAIL),
    "deleteAccounts": ("every 5 minutes", STRIPE),
    "auditInventory": ("every day 03:00", []),
    "reconcileEventUsers": ("every day 04:00", []),
    "purgeExpired": ("every day 05:00", []),
    "reconcileStripe": ("every day 06:00", [*STRIPE, *CODES]),
    "computeMetrics": ("every 5 minutes", []),
}
TRIGGERS: dict[str, tuple[str, list[str]]] = {
    "deliverNotification": ("notifications/{notificationId}", MAIL),
}

TASKS: dict[str, tuple[dict[str, int], list[str]]] = {
    "processAction": (
        {"maxAttempts": 12, "minBackoffSeconds": 5, "maxBackoffSeconds": 60},
        ["OPENAI_API_KEY"],
    ),
}
SIGN_UPS: dict[str, str] = {"welcomeUser": "SIGN_UP_TRIGGER"}

_RUNTIME = {"platform": "gcfv2", "region": ["us-central1"], "availableMemoryMb": 512, "cpu": 1}
_FOR_REQUESTS = {**_RUNTIME, "concurrency": 16, "timeoutSeconds": 90, "maxInstances": 100}
_FOR_JOBS = {**_RUNTIME, "concurrency": 1, "timeoutSeconds": 540, "maxInstances": 1}
_NOT_SET = {"ingressSettings": None, "minInstances": None, "serviceAccountEmail": None}


def _endpoint(name: str, secrets: list[str], *parts: dict[str, Any]) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        **_NOT_SET,
        "entryPoint": name,
        "labels": {},
        "secretEnvironmentVariables": [{"key": secret} for secret in secrets],
    }
    for part in parts:
        endpoint |= part
    return endpoint


def _expected() -> dict[str, dict[str, Any]]:
    callable_ = {"callableTrigger": {}, "labels": {"deployment-callable": "true"}}
    found = {
        name: _endpoint(name, secrets, _FOR_REQUESTS, callable_)
        for name, secrets in CALLABLES.items()
    }
    for name, secrets in HTTP.items():
        found[name] = _endpoint(name, secrets, _FOR_REQUESTS, {"httpsTrigger": {}})
    for name, (schedule, secrets) in JOBS.items():
        trigger = {"schedule": schedule, "timeZone": "UTC", "retryConfig": {"retryCount": 0}}
        found[name] = _endpoint(name, secrets, _FOR_JOBS, {"scheduleTrigger": trigger})
    for name, (retries, secrets) in TASKS.items():
        queue = {
            "rateLimits": {"maxConcurrentDispatches": 1_000},
            "retryConfig": retries,
        }
        found[name] = {
            **_endpoint(name, secrets, _FOR_REQUESTS, {"taskQueueTrigger": queue}),
            "timeoutSeconds": 540,
        }
    for name, parameter in SIGN_UPS.items():
        trigger = {
            "eventType": "providers/cloud.auth/eventTypes/user.beforeCreate",
            "options": {"accessToken": False, "idToken": False, "refreshToken": False},
        }
        found[name] = {
            **_endpoint(name, [], _FOR_REQUESTS, {"blockingTrigger": trigger}),
            "timeoutSeconds": 7,
            "omit": f"{{{{ params.{parameter} == false }}}}",
        }
    for name, (document, secrets) in TRIGGERS.items():
        created = {
            "eventType": "google.cloud.firestore.document.v1.created",
            "eventFilters": {"database": "(default)", "namespace": "(default)"},
            "eventFilterPathPatterns": {"document": document},
            "retry": False,
        }
        found[name] = _endpoint(name, secrets, _FOR_REQUESTS, {"eventTrigger": created})
    return found


@pytest.fixture
def manifest(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The page that the deploy tool reads, of a process without network or credentials."""
    monkeypatch.chdir(FUNCTIONS)
    monkeypatch.setattr(sys, "path", [*sys.path])  # discovery puts the directory there
    for variable in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "FIRESTORE_EMULATOR_HOST"):
        monkeypatch.delenv(variable, raising=False)
    page = serving.serve_admin().test_client().get("/__/functions.yaml")
    assert page.status_code == 200
    loaded: dict[str, Any] = yaml.safe_load(page.get_data())
    return loaded


def test_exactly_these_functions(manifest: dict[str, Any]) -> None:
    assert manifest["endpoints"].keys() == _expected().keys()


@pytest.mark.parametrize("name", _expected())
def test_a_function(name: str, manifest: dict[str, Any]) -> None:
    assert manifest["endpoints"][name] == _expected()[name]


def test_what_the_functions_need_is_asked_for(manifest: dict[str, Any]) -> None:
    apis = [required["api"] for required in manifest["requiredAPIs"]]
    assert sorted(apis) == [
        "cloudscheduler.googleapis.com",
        "cloudtasks.googleapis.com",
        "identitytoolkit.googleapis.com",
    ]


def test_parameters_and_secrets_are_declared(manifest: dict[str, Any]) -> None:
    declared = {
        param["name"]: (param["type"], param.get("default")) for param in manifest["params"]
    }
    assert declared == {
        "STRIPE_SECRET_KEY": ("secret", None),
        "STRIPE_WEBHOOK_SECRET": ("secret", None),
        "TICKET_SIGNING_KEYS": ("secret", None),
        "PROXY_KEYS": ("secret", None),
        "CORS_ORIGINS": ("string", ""),
        "STRIPE_API_BASE": ("string", ""),
        "ENFORCE_APP_CHECK": ("boolean", False),
        "EMAIL_PROVIDER": ("string", "log"),
        "EMAIL_FROM": ("string", ""),
        "PUSH_PROVIDER": ("string", "log"),
        "NOTIFICATION_CREDENTIALS": ("secret", None),
        "SIGN_UP_TRIGGER": ("boolean", False),
        "TERMS_VERSION": ("string", "2026-11"),
        "ACTION_PROVIDER": ("string", "mock"),
        "ACTION_FALLBACK": ("string", "none"),
        "OPENAI_API_KEY": ("secret", None),
        "OPENAI_API_BASE": ("string", ""),
        "OPENAI_MODEL": ("string", "gpt-5-mini"),
    }
    assert declared.keys() >= {config.STRIPE_SECRET_KEY.name, config.STRIPE_WEBHOOK_SECRET.name}


def test_a_thread_for_every_request_that_an_instance_takes() -> None:
    lines = (FUNCTIONS / ".env").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert settings == {"THREADS": str(options.CONCURRENCY)}
