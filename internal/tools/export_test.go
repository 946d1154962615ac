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
