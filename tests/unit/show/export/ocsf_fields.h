/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TESTS_OCSF_FIELDS_H
#define LOCKSTEP_TESTS_OCSF_FIELDS_H

/*
 * Of the OCSF 1.8.0 specification (schema.ocsf.io), with the profiles host, security_control,
 * incident and linux/linux_users: the attributes of the classes and objects that lockstep writes,
 * as "name:type", "!" in front of those that are required, "|" in front of those of which one at
 * least has to be there. Types: i integer, s string, b boolean, S strings, {OBJECT}, [OBJECT] a
 * list of such, * any object.
 */
#define OCSF_BASE                                                                                  \
	"!activity_id:i activity_name:s !category_uid:i category_name:s !class_uid:i "             \
	"class_name:s !type_uid:i type_name:s !severity_id:i severity:s !time:i "                  \
	"!metadata:{metadata} message:s status_id:i status:s status_code:s "                       \
	"status_detail:s unmapped:* count:i duration:i start_time:i end_time:i "                   \
	"raw_data:s "
#define OCSF_CONTROL                                                                               \
	"action_id:i action:s disposition_id:i disposition:s is_alert:b policy:{policy} "

static const struct ocsf_object {
	const char *name, *fields;
} ocsf_objects[] = {
	{ "1007", OCSF_BASE OCSF_CONTROL
	  "!actor:{actor} !device:{device} !process:{process} exit_code:i launch_type_id:i "
	  "launch_type:s actual_permissions:i requested_permissions:i" },
	{ "4001", OCSF_BASE OCSF_CONTROL
	  "actor:{actor} device:{device} |src_endpoint:{network_endpoint} "
	  "|dst_endpoint:{network_endpoint} connection_info:{network_connection_info} "
	  "traffic:{network_traffic} app_name:s" },
	{ "2004", OCSF_BASE OCSF_CONTROL
	  "actor:{actor} device:{device} !finding_info:{finding_info} evidences:[evidences] "
	  "comment:s confidence_id:i tickets:[ticket] priority_id:i verdict_id:i impact_id:i "
	  "is_suspected_breach:b" },
	{ "metadata", "!product:{product} !version:s profiles:S uid:s sequence:i event_code:s "
		      "correlation_uid:s original_time:s log_name:s" },
	{ "product", "|name:s |uid:s vendor_name:s version:s" },
	{ "device", "!type_id:i type:s |hostname:s |ip:s |uid:s |name:s boot_uid:s os:{os}" },
	{ "os", "!name:s !type_id:i type:s version:s" },
	{ "actor", "|process:{process} |user:{user} |session:{session} |app_name:s |app_uid:s "
		   "|invoked_by:s" },
	{ "user", "|name:s |uid:s type_id:i" },
	{ "session", "uid:s terminal:s" },
	{ "process",
	  "|pid:i |uid:s |cpid:s name:s path:s cmd_line:s file:{file} tid:i ptid:i user:{user} "
	  "parent_process:{process} working_directory:s "
	  "environment_variables:[environment_variable] session:{session} auid:i euid:i egid:i" },
	{ "environment_variable", "!name:s !value:s" },
	{ "file", "!name:s !type_id:i type:s path:s size:i hashes:[fingerprint] is_deleted:b" },
	{ "fingerprint", "!algorithm_id:i algorithm:s !value:s" },
	{ "policy", "|name:s |uid:s |type:s version:s desc:s" },
	{ "network_endpoint", "|ip:s |uid:s |name:s |hostname:s |svc_name:s port:i" },
	{ "network_connection_info", "!direction_id:i direction:s protocol_name:s protocol_num:i "
				     "protocol_ver_id:i uid:s" },
	{ "network_traffic", "bytes_in:i bytes_out:i" },
	{ "finding_info",
	  "!uid:s title:s desc:s types:S analytic:{analytic} related_events:[related_event] "
	  "created_time:i" },
	{ "analytic", "|name:s |uid:s !type_id:i type:s" },
	{ "related_event", "!uid:s type_uid:i" },
	{ "evidences",
	  "|actor:{actor} |process:{process} |file:{file} |src_endpoint:{network_endpoint} "
	  "|dst_endpoint:{network_endpoint} |connection_info:{network_connection_info}" },
	{ "ticket", "|uid:s |src_url:s title:s" },
};

/* The values that the specification has for what lockstep sets. */
static const struct ocsf_enum {
	const char *class, *name, *ids;
} ocsf_enums[] = {
	{ "1007", "activity_id", " 0 1 2 3 4 5 99 " },
	{ "4001", "activity_id", " 0 1 2 3 4 5 6 7 99 " },
	{ "2004", "activity_id", " 0 1 2 3 99 " },
	{ "1007", "category_uid", " 1 " },
	{ "4001", "category_uid", " 4 " },
	{ "2004", "category_uid", " 2 " },
	{ NULL, "severity_id", " 0 1 2 3 4 5 6 99 " },
	{ NULL, "action_id", " 0 1 2 3 4 99 " },
	{ NULL, "disposition_id", " 0 8 26 99 " },
	{ "1007", "status_id", " 0 1 2 99 " },
	{ "4001", "status_id", " 0 1 2 99 " },
	{ "2004", "status_id", " 0 1 2 3 4 5 6 99 " },
	{ "1007", "launch_type_id", " 0 1 2 3 99 " },
};

#endif
