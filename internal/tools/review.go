package tools

// Propose returns the effect that a tool says it has. What it does not say means
// what the protocol means by silence: a tool that may write, and may destroy.
// Others than tools have none.
func Propose(o Offer) Effect {
	if o.Kind != KindTool {
		return ""
	}
	v, err := parse(o.Definition)
	if err != nil {
		return Destructive
	}
	hints := v.get("annotations")
	switch {
	case hints.get("readOnlyHint").isTrue():
		return Read
	case hints.get("destructiveHint") != nil && !hints.get("destructiveHint").isTrue():
		return Write
	}
	return Destructive
}

// Decide applies the source's policy to a definition that is new or has changed:
// whether it is approved, and of a tool with which effect.
func Decide(s Source, o Offer) (Effect, bool) {
	switch s.Review {
	case AllowAll:
		return settle(s, o), true
	case AllowReadOnly:
		if s.Trusted && Propose(o) == Read && len(Examine(o)) == 0 {
			return Read, true
		}
	case Hold:
	}
	return "", false
}

// settle is the effect of a tool that is approved unseen: what it says of itself,
// but that it only reads counts only if somebody vouches for the source.
func settle(s Source, o Offer) Effect {
	effect := Propose(o)
	if effect == Read && !s.Trusted {
		return Write
	}
	return effect
}
