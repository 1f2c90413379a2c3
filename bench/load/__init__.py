"""The till under load: through its services and over HTTP, beside what others would do."""
