-- The database and its two roles. One owns the tables and migrates; the site runs as the other, which cannot switch off
-- the guards of history. As superuser:
--     psql --set owner_password=… --set app_password=… --file config/deploy/roles.sql
\set ON_ERROR_STOP on
CREATE ROLE crux_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE crux_app LOGIN PASSWORD :'app_password';
CREATE DATABASE crux OWNER crux_owner;
REVOKE TEMP ON DATABASE crux FROM PUBLIC;
\connect crux
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE crux_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO crux_app;
ALTER DEFAULT PRIVILEGES FOR ROLE crux_owner GRANT USAGE ON SEQUENCES TO crux_app;
