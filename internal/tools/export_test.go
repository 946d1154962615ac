package tools

// Held is how many bytes of encoded lists the catalog keeps.
func (c *Catalog) Held() int {
	c.lists.mu.RLock()
	defer c.lists.mu.RUnlock()
	n := 0
	for _, generation := range []map[listKey][]byte{c.lists.young, c.lists.old} {
		for k, list := range generation {
			n += len(k.key) + cap(list)
		}
	}
	return n
}

// Fits reports whether a URI fits a template.
func Fits(uriTemplate, uri string) bool {
	t, err := parseTemplate(uriTemplate)
	return err == nil && t.matches(uri)
}

// ReadingOf returns a text as its wording is recognized.
func ReadingOf(text string) string { return string(read(text).text) }

// Overlap reports whether two templates make some of the same URIs, as far as that
// is found in so many comparisons, and how many were left.
func Overlap(a, b string, comparisons int) (bool, int) {
	one, err := parseTemplate(a)
	two, err2 := parseTemplate(b)
	if err != nil || err2 != nil {
		return false, -1
	}
	found := overlap(one, two, &comparisons)
	return found, comparisons
}
