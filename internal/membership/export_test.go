package membership

// Behind is how much is being done behind answers.
func (r *Resolver) Behind() int {
	return len(r.slots) + len(r.seeing)
}
