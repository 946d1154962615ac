package msgraph

// authorizationPolicy tells what people may do by default (learn.microsoft.com,
// graph/api/resources/authorizationpolicy). Of it the emulator obeys whether they
// may consent to apps for themselves.
func authorizationPolicy(v *visit) {
	if !v.allows("Policy.Read.All") {
		return
	}
	grants := []string{"ManagePermissionGrantsForSelf.microsoft-user-default-legacy"}
	if v.tenant.Settings.UserConsent == "disabled" {
		grants = []string{}
	}
	v.showEntry("policies/authorizationPolicy", map[string]any{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "description": "Used to manage authorization related settings across the company.",
		"allowInvitesFrom": "everyone", "allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true,
		"allowEmailVerifiedUsersToJoinOrganization": false, "blockMsolPowerShell": false, "allowUserConsentForRiskyApps": nil,
		"guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3", "deletedDateTime": nil,
		"defaultUserRolePermissions": map[string]any{
			"allowedToCreateApps": true, "allowedToCreateSecurityGroups": true, "allowedToCreateTenants": true,
			"allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true, "permissionGrantPoliciesAssigned": grants,
		},
	})
}
