-- Where an organization wants people to ask for access: the My Access portal's link of an
-- access package of its directory. Empty: they ask its admins.

-- +goose Up
ALTER TABLE organizations ADD COLUMN access_package_url text NOT NULL DEFAULT ''
  CONSTRAINT organizations_access_package_url_check CHECK (access_package_url ~ '^(https://myaccess[.]microsoft[.](com|us)(/.*)?)?$' AND char_length(access_package_url) <= 500);
COMMENT ON COLUMN organizations.access_package_url IS 'empty: none';
