-- Made from trustreg.base.roles (python -m deploy.lint --write). Run once as a superuser;
-- then give each role its password:
--   ALTER ROLE trustreg_owner PASSWORD '...';  and so on for trustreg_web, trustreg_worker, trustreg_signer, trustreg_public
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trustreg_owner') THEN CREATE ROLE trustreg_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trustreg_web') THEN CREATE ROLE trustreg_web LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trustreg_worker') THEN CREATE ROLE trustreg_worker LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trustreg_signer') THEN CREATE ROLE trustreg_signer LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; END IF; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trustreg_public') THEN CREATE ROLE trustreg_public LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB; END IF; END $$;
GRANT trustreg_web TO trustreg_owner;
GRANT trustreg_worker TO trustreg_owner;
GRANT trustreg_signer TO trustreg_owner;
GRANT trustreg_public TO trustreg_owner;
CREATE DATABASE trustreg OWNER trustreg_owner ENCODING 'UTF8';
