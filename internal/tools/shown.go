package tools

// Shown returns what clients call something that the source has another name
// for. URIs stay as they are.
func (s Source) Shown(kind Kind, own string) string {
	if s.Naming == Bare || kind == KindResource || kind == KindTemplate {
		return own
	}
	return s.Name + "_" + own
}

// PermissionName returns what the patterns of roles match of something that the
// source offers.
func (s Source) PermissionName(kind Kind, own string) string {
	return PermissionName(kind, s.Shown(kind, own))
}
