package authserver

import "gatehouse/internal/entra"

// What several numbers mean.
var (
	denied = explanation{
		title: "You were not signed in", code: accessDenied,
		text:   "The sign-in was canceled, or a policy of your organization does not allow it.",
		remedy: "If you did not cancel, ask an Entra administrator of your organization: the sign-in logs in the Entra admin center have the reason.",
	}
	declined = explanation{
		title: "You did not accept the permissions", code: accessDenied,
		text:   "Microsoft asked whether Gatehouse may read your profile and your groups, and the answer was no.",
		remedy: "Connect again from your app and choose Accept. Without these permissions Gatehouse cannot know what your roles allow.",
	}
	noConsent = explanation{
		title: "Nobody has consented yet", code: accessDenied,
		text:   "Gatehouse's app registration has not been granted the permissions that sign you in and read your groups.",
		remedy: "An Entra administrator can grant them: Entra admin center > Enterprise apps > {app} > Permissions > Grant admin consent.",
	}
	needsAdmin = explanation{
		title: "An administrator has to consent", code: accessDenied,
		text:   "Your organization does not let people consent to apps themselves.",
		remedy: "An Entra administrator can consent for everybody: Entra admin center > Enterprise apps > {app} > Permissions > Grant admin consent.",
	}
	notAssigned = explanation{
		title: "You are not assigned to Gatehouse", code: accessDenied,
		text:   "In Microsoft Entra ID this app is for assigned people and groups only, and you are not among them.",
		remedy: "An Entra administrator can assign you or a group of yours: Entra admin center > Enterprise apps > {app} > Users and groups > Add user/group.",
	}
	blocked = explanation{
		title: "Conditional Access blocks this sign-in", code: accessDenied,
		text:   "A Conditional Access policy of your organization does not allow signing in to Gatehouse from here, with this account, or at this risk.",
		remedy: "An Entra administrator finds the policy in the sign-in logs, on the Conditional Access tab.",
	}
	wrongDevice = explanation{
		title: "Your device does not meet the requirements", code: accessDenied,
		text:   "A Conditional Access policy of your organization wants a device that it manages, and one that complies.",
		remedy: "Use such a device and its usual browser, signed in with your work account. An Entra administrator finds the policy in the sign-in logs.",
	}
	otherAccount = explanation{
		title: "This account is not of the organization", code: accessDenied,
		text:   "The account that you signed in with is neither a member nor a guest of the organization's Entra tenant.",
		remedy: "Connect again and choose your account there. If you should be a guest, an Entra administrator can invite you: Entra admin center > Users > Invite external user.",
	}
	badAccount = explanation{
		title: "Your account cannot sign in", code: accessDenied,
		text:   "It is disabled, locked, or its password is wrong or has expired.",
		remedy: "Sign in at https://myaccount.microsoft.com to see what it needs. The help desk of your organization can unlock or enable it.",
	}
	secondFactor = explanation{
		title: "The second step of sign-in is missing", code: accessDenied,
		text:   "Your organization wants multifactor authentication, and it was not set up, not finished, or refused.",
		remedy: "Connect again and answer what Microsoft asks. You can set it up at https://aka.ms/mfasetup; the help desk of your organization can reset it.",
	}
	signInAgain = explanation{
		title: "Microsoft needs you to sign in again", code: accessDenied,
		text:   "The sign-in was not finished, or what it rested on has expired or was revoked.",
		remedy: "Connect again from your app and answer what Microsoft asks.",
	}
	lostTrack = explanation{
		title: "Microsoft lost track of the sign-in", code: accessDenied,
		text:   "The browser did not keep what Microsoft gave it, or several sign-ins went on at once.",
		remedy: "Close other sign-in windows, allow cookies for Microsoft's sign-in pages, and connect again; a private window helps to find out.",
	}
	chooseAccount = explanation{
		title: "Microsoft does not know which account you mean", code: accessDenied,
		text:   "The browser is signed in with an account that the organization does not know, or with several.",
		remedy: "Connect again and choose your account at this organization, or sign out of the others first.",
	}
	tokenBound = explanation{
		title: "A policy wants tokens bound to your device", code: accessDenied,
		text:   "A Conditional Access policy with Token Protection covers this sign-in, and a browser cannot meet it.",
		remedy: "An Entra administrator can leave {app} out of that policy.",
	}
	noApp = explanation{
		title: "Gatehouse's app is not in the tenant", code: serverError,
		text:   "The app registration that signs people in does not exist in your organization's Entra tenant, or is disabled.",
		remedy: "An Entra administrator can look for {app} under App registrations in the Entra admin center. If it is not there, an administrator of Gatehouse can correct the Application (client) ID in the organization's settings, and run the checks there.",
		shared: "An Entra administrator can look for {app} under Enterprise apps in the Entra admin center; if it is not there, an administrator of Gatehouse can have it consented to again, in the set-up of the organization.",
	}
	wrongReply = explanation{
		title: "The redirect URI is not registered", code: serverError,
		text:   "Microsoft Entra ID does not know the address that it should send you back to.",
		remedy: "An Entra administrator can add it: Entra admin center > App registrations > {app} > Authentication > Web > Redirect URIs > Add URI: {callback}",
		shared: "Whoever runs Gatehouse can add it to their app registration: {callback}",
	}
	badCredential = explanation{
		title: "Gatehouse could not prove itself to Microsoft", code: serverError,
		text:   "The client secret, certificate or federated credential of the app registration is wrong or has expired.",
		remedy: "An administrator of Gatehouse can put in a new one, made in the Entra admin center: App registrations > {app} > Certificates & secrets.",
		shared: "Whoever runs Gatehouse can put in a new one: the app registration is theirs.",
	}
	wrongPermissions = explanation{
		title: "The app registration lacks permissions", code: serverError,
		text:   "Microsoft Entra ID does not know the permissions that sign you in for this app.",
		remedy: "An Entra administrator can add User.Read and GroupMember.Read.All of Microsoft Graph: App registrations > {app} > API permissions.",
		shared: "Whoever runs Gatehouse can add User.Read and GroupMember.Read.All of Microsoft Graph: the app registration is theirs.",
	}
	wrongTenant = explanation{
		title: "The Entra tenant is not the right one", code: serverError,
		text:   "The tenant does not exist, or the app registration is for another one only.",
		remedy: "An administrator of Gatehouse can check the Directory (tenant) ID and the app registration in the organization's settings.",
	}
	misconfigured = explanation{
		title: "Microsoft refused the sign-in", code: serverError,
		text:   "Microsoft Entra ID does not accept how Gatehouse asks, which mostly means that the app registration is not as it has to be.",
		remedy: "An administrator of Gatehouse can run the checks in the organization's settings; Microsoft's error code below says more.",
	}
	busy = explanation{
		title: "Microsoft cannot sign you in just now", code: notNow,
		text:   "Microsoft Entra ID did not answer properly, or asks for fewer requests.",
		remedy: "Wait a few minutes and connect again.",
	}
)

// byNumber has the numbers that reach a browser (Microsoft, "Microsoft Entra
// authentication and authorization error codes") and that Trouble does not tell
// apart. A number explains, and decides nothing but what is told.
var byNumber = map[int]explanation{
	65004: declined, 65001: noConsent, 90094: needsAdmin, 90093: needsAdmin, 90095: needsAdmin,
	53003: blocked, 530031: blocked, 530032: blocked, 53004: blocked, 53005: blocked, 53011: blocked,
	53000: wrongDevice, 53001: wrongDevice, 53002: wrongDevice, 53009: wrongDevice, 530021: wrongDevice, 50097: wrongDevice, 50129: wrongDevice,
	530084: tokenBound,
	50020:  otherAccount, 50034: otherAccount, 51004: otherAccount, 90072: otherAccount, 50177: otherAccount, 500200: otherAccount, 500208: otherAccount, 500212: otherAccount, 500213: otherAccount,
	50053: badAccount, 50055: badAccount, 50056: badAccount, 50057: badAccount, 50064: badAccount, 50126: badAccount, 50144: badAccount, 500011: wrongPermissions,
	50072: secondFactor, 50074: secondFactor, 50076: secondFactor, 50078: secondFactor, 50079: secondFactor, 50158: secondFactor, 50203: secondFactor, 500121: secondFactor, 500014: noApp,
	50058: signInAgain, 50089: signInAgain, 50132: signInAgain, 50133: signInAgain, 50140: signInAgain, 50173: signInAgain, 54005: signInAgain, 70008: signInAgain, 70043: signInAgain, 700082: signInAgain,
	16000: chooseAccount, 16001: chooseAccount, 16002: chooseAccount, 16003: chooseAccount, 160021: chooseAccount,
	165000: lostTrack, 165004: lostTrack, 165900: lostTrack, 90014: lostTrack,
	50196: busy, 90006: busy, 90009: misconfigured, 90024: busy, 90033: busy,
	650051: noApp, 650052: noApp, 650056: wrongPermissions,
}

var byTrouble = map[entra.Trouble]explanation{
	entra.WrongSecret: badCredential, entra.ExpiredSecret: badCredential, entra.MissingCredential: badCredential, entra.WrongCertificate: badCredential,
	entra.AssertionTime: badCredential, entra.FederationIssuer: badCredential, entra.FederationAudience: badCredential, entra.FederationSubject: badCredential,
	entra.FederationMismatch: badCredential, entra.FederationUnreadable: badCredential, entra.PublicClientMismatch: badCredential,
	entra.AppNotFound: noApp, entra.AppDisabled: noApp, entra.NoServicePrincipal: noApp, entra.ResourceNotFound: wrongPermissions,
	entra.TenantNotFound: wrongTenant, entra.SingleTenantApp: wrongTenant,
	entra.ConsentMissing: noConsent, entra.AdminConsentMissing: needsAdmin, entra.ConsentDeclined: declined, entra.NotAssigned: notAssigned,
	entra.WrongRedirect: wrongReply, entra.WrongScope: wrongPermissions, entra.GuestNotInTenant: otherAccount,
}
