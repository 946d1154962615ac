package authz

// MaySee is May for a URI that the resource template at a position makes: the
// template has to be allowed, and no deny be about the URI, in whichever spelling a
// server would read as the same. A deny that depends on the call makes it
// Conditional, any other Hidden.
func (c Caller) MaySee(template int, uri string) Verdict {
	v := c.May(template)
	if v == Hidden || len(c.in.barriers) == 0 {
		return v
	}
	read := readings(uri)
	for _, b := range c.in.barriers {
		switch {
		case !b.bars(uri, read):
		case b.deny == nil:
			return Hidden
		case v == Allowed:
			v = Conditional
		}
	}
	return v
}

// MayRead decides one read of a URI through the resource template at a position.
// Where MaySee says Conditional it evaluates the conditions, as MayCall does;
// everywhere else the verdict is MaySee's.
func (c Caller) MayRead(template int, uri string, at Circumstances) Ruling {
	at.Gaps &^= GapArguments // a read has none
	return c.mayRead(template, uri, &evaluation{caller: c.in, at: at, raw: []byte("{}")})
}

func (c Caller) mayRead(template int, uri string, e *evaluation) Ruling {
	v := c.MaySee(template, uri)
	if v != Conditional {
		return Ruling{Verdict: v}
	}
	depends, read := false, readings(uri)
	for _, b := range c.in.barriers {
		if b.deny == nil || !b.bars(uri, read) {
			continue
		}
		switch result, _ := e.judge(b.deny.condition); result {
		case Holds, Fails:
			return Ruling{Verdict: Refused}
		case Depends:
			depends = true
		case DoesNotHold:
		}
	}
	ruling := c.in.decide(template, e)
	if depends && ruling.Verdict == Allowed {
		return Ruling{Verdict: Conditional, missing: e.missing}
	}
	return ruling
}

// MaySeeAll reports whether the caller may see every URI that the resource template
// at a position makes and that begins so, as far as denies are concerned. It may
// say no though there is none to be denied.
func (c Caller) MaySeeAll(template int, begin string) bool {
	if !c.May(template).Listed() {
		return false
	}
	for _, b := range c.in.barriers {
		if b.deny == nil && b.reaches(begin) {
			return false
		}
	}
	return true
}
