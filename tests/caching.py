"""The headers for caches that answers of the public site have."""

# The same for everybody: a shared cache may show it for 60 seconds after it changed, and 10 minutes if the site fails.
PUBLIC = "public, max-age=0, s-maxage=30, stale-while-revalidate=30, stale-if-error=600"
REMOVED = "public, max-age=0, s-maxage=30"  # gone, moved, or not there yet: never served stale
PRIVATE = "private, no-store"
ASK = "no-cache"
