package console

import "github.com/danielgtaylor/huma/v2"

// routes is the table of contents.
func (c *Console) routes(api huma.API) {
	c.sessionRoutes(api)
	c.organizationRoutes(api)
	c.noticeRoutes(api)
	c.roleRoutes(api)
	c.assignmentRoutes(api)
	c.clientRoutes(api)
	c.preregisteredClientRoutes(api)
	c.clientRequestRoutes(api)
	c.seenAppRoutes(api)
	c.connectionRoutes(api)
	c.revocationRoutes(api)
	c.authorizationRoutes(api)
	c.scopeRoutes(api)
	c.toolRoutes(api)
	c.sourceRoutes(api)
	c.definitionRoutes(api)
	c.toolsetRoutes(api)
	c.limitRoutes(api)
	c.contactRoutes(api)
	c.alertRoutes(api)
	c.warningRoutes(api)
	c.grantRoutes(api)
	c.decisionRoutes(api)
	c.groupRoutes(api)
	c.documentRoutes(api)
	c.onboardingRoutes(api)
	c.operatorRoutes(api)
	c.admissionRoutes(api)
	c.supportRoutes(api)
}
