// Package access is what an organization decides about who may do what: the
// tools it has switched on, tool roles, assignments, the AI clients it lists,
// and ceilings. It is data, the edits that may be made to it, and the rules
// they keep; authz compiles it into decisions, store keeps it. Whole is these
// decisions beside the rest that an organization decides about itself.
package access
