package snapshot

// Held is how many people's standings are kept.
func (s *Standings) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// CompileKeeps adds up what recordings keep.
var CompileKeeps = compileKeeps
