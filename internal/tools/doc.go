// Package tools holds what an organization can be offered: tools, prompts,
// resources and templates, the platform's own and those of sources. It owns what
// a definition is and when two are the same (its canonical form and hash), what
// an admin should look at before approving one, what is served of one that was
// approved, the effect of tools, the catalog in which all of it stands, and the
// contract of whatever runs it.
//
// Definitions of sources are hostile until somebody has approved them, and stay
// bounded afterwards: reading one, comparing two, compiling its schema and
// checking arguments against it take bounded time and memory.
//
// It never decides who may use something (authz does) and never talks to
// anything; the packages below it, one for each kind of source, run the tools.
package tools
