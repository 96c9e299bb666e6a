// SPDX-License-Identifier: GPL-2.0
/* Lines of JSON as a whole, with all of their keys: of a capture, of `waits`, and of verdicts. */
#include "model/isolation.h"
#include "printed.h"
#include "stalls.h"
#include "view/json/json.h"

static char text[1 << 14];

/* Fails unless @got is @want, with a newline and ' for ". */
static void check_line(const char *got, const char *want)
{
	char quoted[4096];
	size_t len = snprintf(quoted, sizeof(quoted), "%s\n", want);

	assert_true(len < sizeof(quoted));
	for (char *c = quoted; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	assert_text(got, quoted);
}

static void check_object(json_t *object, const char *want)
{
	char *line = json__owned_line(object);

	assert_non_null(line);
	check_line(line, want);
	free(line);
}

TEST(a_capture_has_a_first_line)
{
	char *options[] = { "record", "-o", "file" };
	struct host host = { .name = { .nodename = "box", .release = "6.12", .machine = "x86_64" },
			     .online.words = { 5 } };
	struct capture_import import = { .kind = "trace.dat" };
	struct capture_head head = { .host = &host,
				     .options = options,
				     .nr_options = 2,
				     .program = "make",
				     .started = { 1795176075, 5000999 },
				     .mono = 77,
				     .minor = 3,
				     .part = 2 };

	check_object(json__capture(&head),
		     "{'schema':'ipitrace/1','type':'capture','time':77,'minor':3,'part':2,"
		     "'version':'" VERSION
		     "','host':{'nodename':'box','kernel':'6.12','arch':'x86_64',"
		     "'online':[0,2]},'options':['record','-o'],'program':'make',"
		     "'started':'2026-11-20T12:01:15.005000Z','mono':77}");
	head.program = NULL;
	head.host = NULL;
	head.started.tv_sec = 0;
	head.mono = 0;
	head.import = &import;
	check_object(json__capture(&head),
		     "{'schema':'ipitrace/1','type':'capture','time':null,'minor':3,'part':2,"
		     "'version':'" VERSION "','host':null,'options':['record','-o'],'program':null,"
		     "'started':null,'mono':0,'import':{'kind':'trace.dat','clock':null}}");
}

TEST(a_capture_has_a_last_line)
{
	const uint64_t lost = 4;
	const struct capture_unwatched unwatched = { "a_program", 5 };
	const struct capture_import import = { .events = 11,
					       .lost = 12,
					       .gaps = 13,
					       .unread = 14,
					       .set_back = 15,
					       .paused = 16,
					       .cut = true };
	struct capture_foot foot = { .lines = 9, .stalls_dropped = 8, .mono = 77 };

	check_object(
		json__capture_end(&foot),
		"{'schema':'ipitrace/1','type':'capture_end','time':77,'lines':9,'stalls_dropped':8,"
		"'mono':77}");
	foot.lost = &lost;
	foot.unwatched = &unwatched;
	foot.import = &import;
	check_object(
		json__capture_end(&foot),
		"{'schema':'ipitrace/1','type':'capture_end','time':77,'lines':9,'stalls_dropped':8,"
		"'mono':77,'lost':4,'detached':'a_program','stretched':5,'import':{'events':11,"
		"'lost':12,'gaps':13,'unread':14,'set_back':15,'paused':16,'cut':true}}");
}

TEST(a_trigger_has_its_span)
{
	static const struct trigger_span span = { 10, 20, 30 };
	struct trigger trigger = { .kind = TRIGGER_STALL,
				   .time = 40,
				   .id = 5,
				   .phase = PHASE_WAIT,
				   .src = 1,
				   .dst = 2,
				   .duration = 6 };

	text[json__trigger(text, sizeof(text) - 1, &trigger, &span)] = '\0';
	check_line(text,
		   "{'schema':'ipitrace/1','type':'trigger','time':40,'kind':'stall','id':5,"
		   "'phase':'wait','src':1,'dst':2,'duration':6,'before':10,'after':20,'from':30}");
	trigger.kind = TRIGGER_SIGNAL;
	trigger.id = 0;
	text[json__trigger(text, sizeof(text) - 1, &trigger, &span)] = '\0';
	check_line(
		text,
		"{'schema':'ipitrace/1','type':'trigger','time':40,'kind':'signal','id':null,"
		"'phase':null,'src':null,'dst':null,'duration':null,'before':10,'after':20,'from':30}");
}

static void name(void *ctx, struct symbol *symbol, bool func)
{
	symbol->name = symbol->addr == SPIN ? "spin" : symbol->addr == FLUSH ? "flush" : NULL;
	symbol->module = symbol->addr == SPIN ? "ipigen" : NULL;
}

static void check_waits(const struct moment *moment, const struct wait_counts *counts,
			const char *want)
{
	static const struct naming naming = { .symbol = name };

	text[json__waits(text, sizeof(text) - 1, moment, counts, &naming)] = '\0';
	check_line(text, want);
}

/* A call to two CPUs, a csd of another call, and one that nobody waits for. */
TEST(waits_have_their_csds)
{
	const struct wait_counts counts = { .threshold = 1,
					    .looks = 2,
					    .look_period = 3,
					    .waits = 4,
					    .at_least = 5,
					    .at_most = 6,
					    .longest = 7,
					    .lost = 8 };
	struct moment *m = moment_at(1000);

	runs(m, 0, 2, SPIN, 500, 600)->slept = true;
	runs(m, 0, 3, OTHER, 501, 600);
	runs(m, 4, CPU_UNKNOWN, FLUSH, 0, 1001);
	is_queued(m, 0, 1, FLUSH, 500, 1000);
	is_queued(m, 1, 2, 0, 500, 400);
	waits(m, 0, SPIN, 500, WAIT_MANY);
	m->dropped = 9;
	check_waits(
		m, &counts,
		"{'schema':'ipitrace/1','type':'waits','time':1000,'how':'tracepoints',"
		"'waiting':[{'src':0,'call':500,'duration':500,'at_least':null,'at_most':null,"
		"'sender':{'pid':100,'tgid':100,'tid':100,'comm':'sender'},"
		"'in':'smp_call_function_many_cond','running':[{'cpu':2,'src':0,'start':600,"
		"'duration':400,'slept':true,'func':'spin','module':'ipigen'}],'queued':[{'cpu':1,"
		"'src':0,'start':1000,'duration':0,'func':'flush','module':null}],'func':'spin',"
		"'module':'ipigen'}],'running':[{'cpu':2,'src':0,'start':600,'duration':400,"
		"'slept':true,'func':'spin','module':'ipigen'},{'cpu':3,'src':0,'start':600,"
		"'duration':400,'slept':false,'func':'0xffffffff81000300','module':null},{'cpu':null,"
		"'src':4,'start':1001,'duration':0,'slept':false,'func':'flush','module':null}],"
		"'queued':[{'cpu':1,'src':0,'start':1000,'duration':0,'func':'flush','module':null},"
		"{'cpu':2,'src':1,'start':400,'duration':600}],'dropped':9,'counted':{'threshold':1,"
		"'looks':2,'look_period':3,'waits':4,'longer':{'at_least':5,'at_most':6},'longest':7,"
		"'lost':8}}");
}

/* From the queues no time is known, and the state of the CPUs is. */
TEST(waits_from_the_queues_have_cpus)
{
	struct wait_counts counts = { .threshold = 1 };
	struct moment *m = moment_at(1000);

	m->from_queues = true;
	m->vmcore = "a/dump";
	runs(m, 0, 2, SPIN, 500, 0);
	runs(m, 1, 2, SPIN, 501, 0)->found = true;
	m->running[0].src = m->running[1].src = CPU_UNKNOWN;
	waits(m, 1, 0, 501, WAIT_UNKNOWN);
	m->waiting[0].at_least = 30;
	m->waiting[0].at_most = 40;
	m->waiting[0].sender.known = false;
	m->cpus[m->nr_cpus++] = (struct cpu_state){
		.cpu = 2, .interrupt_known = true, .overdue = 50, .task = task_named("t", 6)
	};
	m->cpus[m->nr_cpus++] = (struct cpu_state){ .cpu = 3, .interrupt = true };
	m->torn = 1;
	m->unread = 2;
	m->blocked = 3;
	check_waits(
		m, &counts,
		"{'schema':'ipitrace/1','type':'waits','time':1000,'how':'queues',"
		"'waiting':[{'src':1,'call':null,'duration':null,'at_least':30,'at_most':40,"
		"'sender':null,'in':null,'running':[],'queued':[]}],'running':[{'cpu':2,'src':null,"
		"'start':null,'duration':null,'slept':null,'func':'spin','module':'ipigen'},{'cpu':2,"
		"'src':null,'start':null,'duration':null,'slept':false,'func':'spin',"
		"'module':'ipigen'}],'queued':[],'dropped':0,'counted':{'threshold':1,'looks':0,"
		"'look_period':0,'waits':0,'longer':{'at_least':0,'at_most':0},'longest':null,"
		"'lost':0},'torn':1,'unread':2,'blocked':3,'cpus':[{'cpu':2,'task':{'pid':6,'tgid':6,"
		"'tid':6,'comm':'t'},'in_interrupt':false,'overdue':50},{'cpu':3,'task':null,"
		"'in_interrupt':null,'overdue':null}],'vmcore':'a/dump'}");
	m->nr_running = m->nr_waiting = m->nr_cpus = 0;
	m->vmcore = NULL;
	check_waits(
		m, NULL,
		"{'schema':'ipitrace/1','type':'waits','time':1000,'how':'queues','waiting':[],"
		"'running':[],'queued':[],'dropped':0,'counted':null,'torn':1,'unread':2,'blocked':3,"
		"'cpus':[]}");
}

static void print_isolated(const void *isolation)
{
	assert_int_equal(json__isolated(isolation), 0);
}

TEST(a_cpu_has_its_culprits_and_its_breaches, NULL, printed_restore)
{
	struct culprit culprits[] = {
		{ .kind = INTERRUPTION_CSD,
		  .group = GROUP_IPIS,
		  .func = "flush_tlb_func",
		  .module = "mod",
		  .caller = "munmap",
		  .chain = "munmap < sys_call < entry",
		  .id = 7,
		  .sender = { true, false, 12, 11, "make" },
		  .kworker = true,
		  .queued_by = { true, false, 14, 13, "queuer" },
		  .src = 3,
		  .src_known = true,
		  .cgroup = "/a",
		  .count = 21,
		  .timed = true,
		  .interrupted = 22,
		  .longest = 23,
		  .cause = "tlb_munmap",
		  .because = "it unmaps",
		  .advice = "unmap less",
		  .follows = true,
		  .judged = true,
		  .several = true },
		{ .kind = INTERRUPTION_IRQ,
		  .group = GROUP_INTERRUPTS,
		  .what = "eth0",
		  .id = 24,
		  .sender = { .known = true, .interrupt = true, .comm = "x" },
		  .count = 1,
		  .interrupted = 5,
		  .longest = 5,
		  .cause = "device",
		  .because = "it came",
		  .advice = "move it",
		  .allowed = true },
	};
	struct isolated_cpu cpu = {
		.cpu = 2,
		.verdict = VERDICT_NOT_QUIET,
		.too_long = true,
		.breaches = { { LIMIT_NUMBER, "tlb*", 20, 21, 1, 0, 0 },
			      { LIMIT_LENGTH, NULL, 100, 150, 1, 2, 2 } },
		.nr_breaches = 2,
		.count = 22,
		.interrupted = 27,
		.longest = 23,
		.silence = 900,
		.host_known = true,
		.host = 31,
		.unseen = { 1, 2 },
		.offline = 32,
		.switches = 33,
		.preempted = 34,
		.culprits = culprits,
		.nr_culprits = 2,
	};
	struct isolation isolation = {
		.window = { .mono_start = 1000, .mono_end = 3000 },
		.cpus = &cpu,
		.nr_cpus = 1,
		.checks = { { .name = "nohz", .known = true, .found = "no", .advice = "boot so" },
			    { .name = "rcu", .ok = true, .found = "?", .advice = "none" } },
		.nr_checks = 2,
		.lost = 4,
		.senders_lost = 5,
		.cut.by = CUT_NOT,
		.verdict = VERDICT_NOT_QUIET,
		.only = 1U << GROUP_IPIS,
	};

	check_line(
		printed(print_isolated, &isolation),
		"{'schema':'ipitrace/1','type':'isolated','time':3000,'duration':2000,'quiet':false,"
		"'verdict':'not_quiet','only':['ipis'],'cut_short':null,'lost':4,'senders_lost':5,"
		"'cpus':[{'cpu':2,'quiet':false,'verdict':'not_quiet','count':22,'interrupted_ns':27,"
		"'stolen_ns':27,'longest_ns':23,'silence_ns':900,'host_ns':31,'offline_ns':32,"
		"'unseen':3,'switches':33,'preempted':34,'too_long':true,"
		"'breaches':[{'limit':'allow','glob':'tlb*','most':20,'found':21,"
		"'cause':'tlb_munmap'},{'limit':'max_interruption','glob':null,'most':100,"
		"'found':150,'cause':null}],'causes':[{'cause':'tlb_munmap','group':'ipis',"
		"'kind':'csd','func':'flush_tlb_func','module':'mod','what':null,'caller':'munmap',"
		"'stack':['munmap','sys_call','entry'],'id':7,'sender':{'tgid':11,'comm':'make',"
		"'interrupt':false,'cgroup':'/a','cpu':3,'queued_by':{'pid':13,'tgid':13,'tid':14,"
		"'comm':'queuer'}},'count':21,'interrupted_ns':22,'longest_ns':23,'follows':true,"
		"'judged':true,'allowed':false,'because':'it unmaps','advice':'unmap less',"
		"'stolen_ns':22,'several':true},{'cause':'device','group':'interrupts','kind':'irq',"
		"'func':null,'module':null,'what':'eth0','caller':null,'stack':[],'id':24,"
		"'sender':{'tgid':null,'comm':null,'interrupt':true,'cgroup':null,'cpu':null},"
		"'count':1,'interrupted_ns':null,'longest_ns':null,'follows':false,'judged':false,"
		"'allowed':true,'because':'it came','advice':'move it','stolen_ns':null,"
		"'several':false}]}],'config':[{'check':'nohz','ok':false,'found':'no',"
		"'advice':'boot so'},{'check':'rcu','ok':null,'found':'?','advice':null}]}");
	cpu.nr_culprits = cpu.nr_breaches = isolation.nr_checks = isolation.only = 0;
	cpu.host_known = false;
	cpu.verdict = isolation.verdict = VERDICT_QUIET;
	isolation.cut.by = CUT_SIGNAL;
	check_line(
		printed(print_isolated, &isolation),
		"{'schema':'ipitrace/1','type':'isolated','time':3000,'duration':2000,'quiet':true,"
		"'verdict':'quiet','only':null,'cut_short':'signal','lost':4,'senders_lost':5,"
		"'cpus':[{'cpu':2,'quiet':true,'verdict':'quiet','count':22,'interrupted_ns':27,"
		"'stolen_ns':27,'longest_ns':23,'silence_ns':900,'host_ns':null,'offline_ns':32,"
		"'unseen':3,'switches':33,'preempted':34,'too_long':true,'breaches':[],'causes':[]}],"
		"'config':[]}");
}

static void print_check(const void *features)
{
	assert_int_equal(json__check(features, 2, 50), 0);
}

TEST(features_have_how_and_why, NULL, printed_restore)
{
	static const struct feature features[] = {
		{ .name = "btf", .what = "types", .available = true, .needed = true, .how = "file" },
		{ .name = "tlb", .what = "flushes", .why = "no event" },
	};

	check_line(printed(print_check, features),
		   "{'schema':'ipitrace/1','type':'check','time':50,'features':[{'name':'btf',"
		   "'available':true,'needed':true,'how':'file','why':null},{'name':'tlb',"
		   "'available':false,'needed':false,'how':null,'why':'no event'}]}");
}

TEST_MAIN(NULL, NULL)
