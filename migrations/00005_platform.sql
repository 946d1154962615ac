-- What belongs to the platform and to no organization: sessions of the console,
-- state that is used once, answers to requests with an idempotency key that are
-- made in no organization, and signing keys. No column names an organization or
-- a person; whatever does is inside a ciphertext, and rows are found by the
-- SHA-256 of what only their owner holds. Row level security has nothing to
-- tell apart here, so that these tables are the whole list of those without.

-- +goose Up
CREATE TABLE console_sessions (
  token      bytea       NOT NULL CONSTRAINT console_sessions_pkey PRIMARY KEY
                         CONSTRAINT console_sessions_token_check CHECK (octet_length(token) = 32),
  expires_at timestamptz NOT NULL,
  ciphertext bytea       CONSTRAINT console_sessions_ciphertext_check CHECK (octet_length(ciphertext) <= 65536)
);
COMMENT ON COLUMN console_sessions.token IS 'SHA-256 of the session''s token';
COMMENT ON COLUMN console_sessions.ciphertext IS 'NULL: the session has ended, and no request that was under way brings it back';
CREATE INDEX console_sessions_expires_at_idx ON console_sessions (expires_at);

CREATE TABLE one_time (
  key        bytea       NOT NULL CONSTRAINT one_time_pkey PRIMARY KEY
                         CONSTRAINT one_time_key_check CHECK (octet_length(key) = 32),
  expires_at timestamptz NOT NULL,
  ciphertext bytea       NOT NULL CONSTRAINT one_time_ciphertext_check CHECK (octet_length(ciphertext) <= 65536)
);
COMMENT ON COLUMN one_time.key IS 'SHA-256 of what its bearer shows';
CREATE INDEX one_time_expires_at_idx ON one_time (expires_at);

CREATE TABLE platform_answers (
  key         bytea       NOT NULL CONSTRAINT platform_answers_pkey PRIMARY KEY
                          CONSTRAINT platform_answers_key_check CHECK (octet_length(key) = 32),
  digest      bytea       NOT NULL CONSTRAINT platform_answers_digest_check CHECK (octet_length(digest) = 32),
  reservation uuid        NOT NULL,
  reserved_at timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  ciphertext  bytea       CONSTRAINT platform_answers_ciphertext_check CHECK (octet_length(ciphertext) <= 65536)
);
COMMENT ON COLUMN platform_answers.key IS 'SHA-256 of a person and their idempotency key';
COMMENT ON COLUMN platform_answers.digest IS 'SHA-256 of the request, together with that';
COMMENT ON COLUMN platform_answers.reservation IS 'who works on the request; whoever takes over makes a new one';
COMMENT ON COLUMN platform_answers.ciphertext IS 'NULL: the work is not done yet';
CREATE INDEX platform_answers_created_at_idx ON platform_answers (created_at);

CREATE TABLE signing_keys (
  kid        text        NOT NULL CONSTRAINT signing_keys_pkey PRIMARY KEY,
  purpose    text        NOT NULL CONSTRAINT signing_keys_purpose_check CHECK (purpose <> ''),
  algorithm  text        NOT NULL CONSTRAINT signing_keys_algorithm_check CHECK (algorithm <> ''),
  public_key bytea       NOT NULL,
  ciphertext bytea       NOT NULL,
  created_at timestamptz NOT NULL,
  not_before timestamptz NOT NULL,
  retires_at timestamptz NOT NULL,
  CONSTRAINT signing_keys_purpose_not_before_key UNIQUE (purpose, not_before),
  CONSTRAINT signing_keys_retires_at_check CHECK (retires_at > not_before)
);
COMMENT ON COLUMN signing_keys.ciphertext IS 'the private key';
COMMENT ON COLUMN signing_keys.not_before IS 'published at once, used for signing from here on';
COMMENT ON COLUMN signing_keys.retires_at IS 'it is gone at this instant, replaced or not';

GRANT SELECT, INSERT, UPDATE, DELETE ON console_sessions, one_time, platform_answers TO gatehouse_api;
GRANT SELECT, INSERT, DELETE ON signing_keys TO gatehouse_api;
