# Run by the database's image when its volume is new.
psql --username "$POSTGRES_USER" --dbname postgres --file /roles.sql \
    --set owner_password="$(cat /run/secrets/owner_password)" --set app_password="$(cat /run/secrets/app_password)"
