-- The platform's own key, wrapped by the key-encryption key: what belongs to no
-- organization is encrypted under keys derived from it. There is one row at most.

-- +goose Up
CREATE TABLE platform_keys (
  one     boolean NOT NULL DEFAULT true CONSTRAINT platform_keys_pkey PRIMARY KEY
                  CONSTRAINT platform_keys_one_check CHECK (one),
  wrapped bytea   NOT NULL
);
GRANT SELECT, INSERT (wrapped), UPDATE (wrapped) ON platform_keys TO gatehouse_api;
