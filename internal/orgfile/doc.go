// Package orgfile is an organization's configuration as one document: the
// content of org.yaml and the body of the management API's configuration
// resource, which are the same document in YAML and in JSON.
//
// It owns the document's types and their JSON Schema, reading it strictly and
// writing it stably, the difference between two documents, and applying one to
// the state of an organization. It makes no decision about access: every entry
// goes through the edits of package access. It never sees a secret, only where
// the person who applies the file keeps it, and it talks to nobody.
package orgfile
