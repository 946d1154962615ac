// Package notes is a small MCP server to put behind an organization: it keeps
// notes in memory and offers tools, a prompt and resources about them, in the
// stateless revision and the initialize ones alike. It checks nobody: whoever
// reaches it is let in, so it is for this machine only.
package notes
