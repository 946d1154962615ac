package limit

import "fmt"

// texts are the public sentences, formatted once: refusals must stay cheap.
type texts struct{ organization, caller, client, tool string }

func textsOf(c Config) texts {
	say := func(whose string, r Rate) string {
		return fmt.Sprintf("%s limit of %g calls per second (%d at once) is reached; retry later", whose, r.PerSecond, r.Burst)
	}
	return texts{
		organization: say("the organization's", c.PerOrganization),
		caller:       say("your", c.PerCaller),
		client:       say("this AI app's", c.PerClient),
		tool:         say("this tool's", c.PerTool),
	}
}
