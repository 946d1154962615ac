/** The one place where results of what somebody did are shown. */
export const toasterId = "results";
