# sessiond. `make run` tries it out, `make test` checks everything; `make help` lists the rest.

# Knobs: make V=1 shows commands; BUILD=name chooses the folder; CXX, CXXFLAGS, LDFLAGS as usual. -g1 is enough for the
# lines of a stack, and takes two thirds of the time of -g, which shows variables, too.
VARIANT  ?= release
BUILD    ?= build/$(VARIANT)
CXX      ?= g++
CXXFLAGS ?= -O3 -g1
LDFLAGS  ?=
PORT     ?= 8080
Q        := $(if $(V),,@)

# Hardening, of what is released: `make HARDENING= ` builds without. A check costs the instructions that tests/README.md
# says. Of control-flow integrity there is the shadow stack, which is free. As all symbols are bound at the start, calls
# need no table of jumps.
MACHINE       := $(firstword $(subst -, ,$(shell $(CXX) -dumpmachine)))
HARDENING     ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection -fPIE \
                 -fno-plt $(if $(filter x86_64,$(MACHINE)),-fcf-protection=return) $(if $(filter aarch64,$(MACHINE)),-mbranch-protection=pac-ret)
LINK_release  := -pie -Wl,-z,relro,-z,now
FLAGS_release := $(HARDENING)
# With two checks of UBSan, which are off, it takes half as long again to compile: ASan stops at a null pointer, too, and
# src/ casts no pointer to a stricter alignment. -Og takes a fifth less time than -O1, and the tests as long. With TSan they
# take longer.
# With ASan g++ takes parts of an optional for uninitialised, which they are not (GCC bug 105562). As on arm64, char has no
# sign there, so that nothing depends on it.
FLAGS_asan    := -Og -fsanitize=address,undefined -fno-sanitize=null,alignment -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer -Wno-maybe-uninitialized -funsigned-char
FLAGS_tsan    := -O1 -fsanitize=thread -fno-omit-frame-pointer

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
PACKAGES := libsodium hiredis spdlog libsystemd openssl libutf8proc
FLAGS     = -std=c++20 $(WARNINGS) $(CXXFLAGS) $(FLAGS_$(VARIANT)) -Isrc -I$(BUILD) -MMD -MP -pthread \
            -ffile-prefix-map=$(CURDIR)=. $(shell pkg-config --cflags $(PACKAGES)) -DEV_COMPAT3=0
# $(call compile,CXX) or $(call compile,TEST_CXX) is the command, and $(call compile,CXX,MORE) has MORE where it is g++. That
# tidies its memory up again and again: a text takes an eighth less time where it may have 500 MB first.
compile   = $($(1)) $($(1:CXX=FLAGS)) $(if $(findstring clang,$($(1))),,--param ggc-min-heapsize=500000 $(2))
LIBS      = -lfcgi -lev $(shell pkg-config --libs $(PACKAGES))
# mimalloc in the place of malloc: a request takes a fifth to a quarter fewer instructions. Sanitizers need their own.
ALLOCATOR_release := -lmimalloc
ALLOCATOR_clang   := -lmimalloc
ALLOCATOR_arm64   := -lmimalloc

SCRIPTS  := $(filter-out src/store/lua/common.lua,$(sort $(wildcard src/store/lua/*.lua)))
SOURCES  := $(sort $(wildcard src/*/*.cc))
# Most of the time that compiling takes goes into headers. So a large room of src/ is compiled as one text, which reads
# each once, and so are all other rooms together, and tests whose names begin alike: in half the time. With APART=yes each
# source is compiled by itself, which is quicker after a change of one; APART='app store/walk' does so with a room and a
# source. With clang++ it is always so: a source still has to include what it uses.
APART    ?= $(if $(filter clang fuzz,$(VARIANT)),yes)
LARGE    := app operator options redis store
TOGETHER := $(if $(filter yes,$(APART)),,$(filter-out $(APART:%=src/%/%) $(APART:%=src/%.cc),$(SOURCES)))
TEXTS    := $(if $(TOGETHER),$(filter-out $(APART),$(LARGE)) others)
sources_of = $(if $(filter others,$(1)),$(filter-out $(LARGE:%=src/%/%),$(TOGETHER)),$(filter src/$(1)/%,$(TOGETHER)))
OBJECTS  := $(TEXTS:%=$(BUILD)/%.o) $(patsubst src/%.cc,$(BUILD)/%.o,$(filter-out $(TOGETHER),$(SOURCES))) $(BUILD)/store/scripts.o

# $(call text,NAME,SOURCES,CXX) is the rule for BUILD/NAME.o; see compile. g++ would warn of what has a type of an unnamed
# namespace, as if it were in a header.
define text
$(BUILD)/$(1).o: $(2)
	@echo "  CXX   $(1)"
	$(Q)mkdir -p $$(@D) && printf '#include "%s"\n' $(2) > $$(@:.o=.cc)
	$(Q)$$(call compile,$(3),-Wno-subobject-linkage) -iquote . -c $$(@:.o=.cc) -o $$@
endef

# What Debian has to bring: for building, for running, for testing.
BUILD_PACKAGES := g++ make pkg-config libfcgi-dev rapidjson-dev libhiredis-dev libsodium-dev libev-dev \
                  libcli11-dev libspdlog-dev libsystemd-dev libmimalloc-dev libboost-dev libssl-dev libutf8proc-dev
RUN_PACKAGES   := redis-server nginx curl gunicorn python3-argon2 python3-httpx python3-werkzeug
COMPILED_TESTS := clang libgtest-dev libgmock-dev libcurl4-openssl-dev
TEST_PACKAGES  := $(COMPILED_TESTS) chromium chromium-headless-shell firefox-esr $(if $(shell command -v npm),,nodejs npm) \
                  fcgiwrap libfcgi-bin php-fpm php-curl faketime openssl man-db mandoc dpkg-dev python3 systemd \
                  lintian devscripts caddy apache2-bin haproxy lighttpd python3-aiohttp python3-grpcio prometheus \
                  libapache2-mod-auth-openidc python3-authlib python3-requests \
                  golang-go golang-golang-x-crypto-dev golang-golang-x-oauth2-dev golang-github-gorilla-websocket-dev

LINT_PACKAGES  := clang-format clang-tidy cppcheck

.DEFAULT_GOAL := all
.PHONY: all run test help clean unit integration valgrind openapi browser login live setup setup-test check-promises check-mutants check-rooms

all: $(BUILD)/sessiond ## build the worker

$(BUILD)/sessiond: $(BUILD)/main.o $(BUILD)/libsessiond.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) $(LINK_$(VARIANT)) $(LDFLAGS) -pthread $^ $(ALLOCATOR_$(VARIANT)) $(LIBS) -o $@

$(BUILD)/libsessiond.a: $(OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: src/%.cc
	@echo "  CXX   $<"
	$(Q)mkdir -p $(@D) && $(call compile,CXX) -c $< -o $@

$(foreach each,$(TEXTS),$(eval $(call text,$(each),$(call sources_of,$(each)),CXX)))
# These two rooms run once in a process, and need not be quick. With -O1 they take half the time to compile.
$(BUILD)/operator% $(BUILD)/options%: CXXFLAGS := $(CXXFLAGS:-O3=-O1)

$(BUILD)/store/scripts.cc: $(SCRIPTS) src/store/lua/common.lua src/store/embed
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D) && src/store/embed $(SCRIPTS) > $@.tmp && mv $@.tmp $@

$(BUILD)/store/scripts.o: $(BUILD)/store/scripts.cc
	$(Q)$(call compile,CXX) -c $< -o $@

# Targets that depend on this install the compiler and the libraries first. The others install nothing.
setup: ## install the packages that building and running need
	@tests/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)

run: setup ## try it: Redis, the worker and nginx on 127.0.0.1:8080 (PORT=n for another), until Ctrl-C
	@$(MAKE) --no-print-directory --silent -j$$(nproc) all
	@PORT=$(PORT) BUILD=$(BUILD) exec tests/stack

# --- Tests. Each variant is built in a folder of its own, with the tests beside the worker.

# -iquote and not -I: with -I, #include <stack> would find tests/stack.
# The tests themselves need no hardening. What the headers assert is as in the worker.
# clang++ compiles what is not optimised in two thirds of the time. Where it is missing, g++ does. What a sanitizer watches
# is compiled by one compiler as a whole.
TEST_CXX  := $(or $(TEST_CXX),$(if $(filter release,$(VARIANT)),$(shell command -v clang++)),$(CXX))
TEST_FLAGS = $(filter-out $(HARDENING),$(FLAGS)) -O0 -D_GLIBCXX_ASSERTIONS -iquote tests
TEST_LIBS  = -lgtest -lgtest_main -lcurl $(LIBS)
REPORTS   ?= build/reports
VARIANTS  := release asan tsan
# How many suites of the integration tests run at once.
PARTS     ?= 5

SANITIZED           := $(filter asan tsan,$(VARIANT))
INTEGRATION_TESTS   := $(if $(SANITIZED),,$(BUILD)/tests/integration-tests)
# Those without a thread of their own have nothing that TSan could find.
UNIT_TESTS          := $(sort $(if $(filter tsan,$(VARIANT)),$(shell grep -l '<thread>' tests/unit/*.cc),$(wildcard tests/unit/*.cc)))
FIXTURE_SOURCES     := $(filter-out %_test.cc,$(sort $(wildcard tests/integration/*.cc)))

# A text of tests is named for the letters that its sources begin with. Under TSan there are texts without a source.
UNIT_TEXTS          := $(addprefix tests/unit/,a-e f-p q-z)
INTEGRATION_TEXTS   := $(addprefix tests/integration/,a-b c d-e f-h i-m n-q r-s t-z)
tests_of             = $(filter $(UNIT_TESTS) tests/integration/%,$(wildcard $(dir $(1))[$(notdir $(1))]*_test.cc))
$(foreach each,$(UNIT_TEXTS) $(INTEGRATION_TEXTS),$(eval $(call text,$(each),$(call tests_of,$(each)),TEST_CXX)))
$(eval $(call text,tests/fixtures,$(FIXTURE_SOURCES),TEST_CXX))
# Every test runs through them. They are linked first, as the linker takes the first of what several objects have.
$(BUILD)/tests/fixtures.o: TEST_FLAGS += -O1

# $(call objects_of,TEXT,SOURCES): the text's, or where each source is compiled by itself, theirs.
objects_of           = $(patsubst %,$(BUILD)/%.o,$(if $(2),$(if $(filter yes,$(APART)),$(basename $(2)),$(1))))
UNIT_OBJECTS        := $(foreach each,$(UNIT_TEXTS),$(call objects_of,$(each),$(call tests_of,$(each))))
UNIT_OBJECTS        := $(if $(filter asan,$(VARIANT)),$(UNIT_OBJECTS:$(BUILD)/%=build/release/%),$(UNIT_OBJECTS))
FIXTURES            := $(call objects_of,tests/fixtures,$(FIXTURE_SOURCES))
INTEGRATION_OBJECTS := $(FIXTURES) $(foreach each,$(INTEGRATION_TEXTS),$(call objects_of,$(each),$(call tests_of,$(each))))

$(BUILD)/tests/%.o: tests/%.cc
	@echo "  CXX   $<"
	$(Q)mkdir -p $(@D) && $(call compile,TEST_CXX) -c $< -o $@

$(BUILD)/tests/unit-tests: $(UNIT_OBJECTS) $(BUILD)/libsessiond.a
$(INTEGRATION_TESTS): $(INTEGRATION_OBJECTS) $(BUILD)/libsessiond.a
$(addprefix $(BUILD)/tests/,unit-tests soak-tests versions-tests) $(INTEGRATION_TESTS):
	@echo "  LINK  $@"
	$(Q)mkdir -p $(@D) && $(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) $(LDFLAGS) -pthread $(WATCHED) $^ $(TEST_LIBS) -o $@

# A sanitizer is for the worker alone, so that the tests are built once. Only what TSan watches has to be built for it as a
# whole.
ifdef SANITIZED
.PHONY: released-tests $(BUILD)/tests/integration-tests
released-tests:
	@$(MAKE) --no-print-directory --silent VARIANT=release BUILD=build/release build/release/tests/unit-tests build/release/tests/integration-tests
# They run the worker that lies beside them.
$(BUILD)/tests/integration-tests: released-tests
	$(Q)mkdir -p $(@D) && cp build/release/tests/integration-tests $@
endif
ifeq ($(VARIANT),asan)
$(UNIT_OBJECTS): released-tests ;
# What a header has is in the objects of both. The linker takes the first.
WATCHED := -Wl,--whole-archive $(BUILD)/libsessiond.a -Wl,--no-whole-archive
endif

# $(call run_tests,name,environment,parts): runs a built test program, and leaves a report for tests/summary.
# ONLY= chooses tests by GoogleTest's patterns. A pattern that fits no test is an error. RUNNER runs what is built for
# another machine.
# A preloaded clock and a sanitizer's runtime both want to be loaded first. And where descriptors are few, the runtime
# lacks those that it needs itself.
UNSANITIZED := Faults.AClockOf*:ActivityOfAnotherClock.*:WorkerProcess.ASecondCopyThatCanMakeNoSocket*
# Crowds of clients need more descriptors than a shell usually has. A race inside the worker shows to a sanitizer in a tenth
# of the races.
run_tests = @echo "  TEST  $(1) ($(VARIANT))" && ulimit -n "$$(ulimit -Hn)" && \
            $(if $(SANITIZED),RACES=$(or $(RACES),0.1)) $(2) tests/parts $(or $(3),1) $(REPORTS)/$(1)-$(VARIANT) $(RUNNER) $(BUILD)/tests/$(1)-tests --gtest_brief=1 --gtest_filter='$(or $(ONLY),*)$(if $(SANITIZED),$(if $(findstring -,$(ONLY)),:,-)$(UNSANITIZED))'

# What `unit` and `integration` run. `make test` builds it beside the tests of another variant.
.PHONY: test-programs
test-programs: $(BUILD)/sessiond $(BUILD)/tests/unit-tests $(BUILD)/tests/integration-tests

unit: $(BUILD)/tests/unit-tests ## test the parts; ONLY='Token*' chooses, VARIANT=asan or tsan adds a sanitizer
	$(call run_tests,unit)

# Without mimalloc, because valgrind must see each allocation. The tests run the worker that lies beside them.
valgrind: $(BUILD)/tests/integration-tests ## test the whole with the worker under valgrind; ONLY= likewise
	@tests/install-packages valgrind
	@mkdir -p build/valgrind/tests && cp $(BUILD)/tests/integration-tests build/valgrind/tests/
	$(Q)$(CXX) $(BUILD)/main.o $(BUILD)/libsessiond.a $(LIBS) -pthread -o build/valgrind/worker
	@printf '#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full %s "$$@"\n' \
	  "$(abspath build/valgrind/worker)" > build/valgrind/sessiond && chmod +x build/valgrind/sessiond
	@build/valgrind/tests/integration-tests --gtest_brief=1 \
	  --gtest_filter='$(or $(ONLY),Sessions.*:Minting.*:Pairing.*:Check.*:Operators.*:Keys.*:FastCgi.*:*FoulPlay.*:Outage.*)'

integration: $(BUILD)/tests/integration-tests $(BUILD)/sessiond ## test the whole with Redis and nginx, PARTS=5 suites at once; ONLY= and VARIANT= likewise
	$(call run_tests,integration,RESPONSE_LOG=$(BUILD)/responses.jsonl,$(PARTS))

browser: $(BUILD)/sessiond ## test the settings page in Chromium, its main ways in Firefox, too; PICTURES=yes leaves screenshots in build/browser
	@BUILD=$(BUILD) tests/suite browser $(REPORTS)

.PHONY: picture
picture: $(BUILD)/sessiond ## take the pictures of the page that README.md shows, light and dark
	@tests/install-packages chromium-headless-shell $(if $(shell command -v npm),,nodejs npm)
	@cd tests/browser && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; }
	@BUILD=$(BUILD) node tests/browser/picture.mjs

login: $(BUILD)/sessiond ## test the login services of nginx/examples/login, with an OAuth server in GitHub's place
	@BUILD=$(BUILD) tests/suite login $(REPORTS)

live: $(BUILD)/sessiond ## test the applications of nginx/examples/live, which end open connections with their sessions
	@BUILD=$(BUILD) tests/suite live $(REPORTS)

openapi: all ## test the OpenAPI documents against a generated client and all that integration saw
	@[ -s $(BUILD)/responses.jsonl ] || $(MAKE) --no-print-directory integration
	@BUILD=$(BUILD) RESPONSE_LOG=$(BUILD)/responses.jsonl tests/suite openapi $(REPORTS)

.PHONY: texts
texts: $(BUILD)/sessiond ## do what README.md and the manual pages say, and see that it works and that what they name exists
	@tests/install-packages $(RUN_PACKAGES) man-db mandoc
	@BUILD=$(BUILD) tests/suite texts $(REPORTS)

check-promises: $(BUILD)/tests/unit-tests $(BUILD)/tests/integration-tests ## see that every test which a text names exists
	@tests/check-promises $^

check-mutants: ## see that each row of tests/mutants still applies, and that tests/README.md has their counts
	@tests/mutants/run --check

check-rooms: ## prove that the rooms of src/ depend on each other one way only
	@tests/check-rooms

setup-test: ## install the packages that the single tests need, too: `make run`, `make test` and `make deb` do so themselves
	@tests/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES) $(LINT_PACKAGES)

test: check-rooms ## test everything, with and without sanitizers
	@tests/install-packages $(BUILD_PACKAGES) $(COMPILED_TESTS)
	@MAKE='$(MAKE)' VARIANTS='$(VARIANTS)' HISTORY='$(HISTORY)' tests/all $(REPORTS)

N     ?= 20
SUITE ?= integration
BUSY  ?= 0

.PHONY: test-repeat
test-repeat: ## run one suite N=20 times (SUITE=integration), beside BUSY=2 busy loops, and count what failed
	@tests/repeat $(SUITE) $(N) $(BUSY)

# --- Other Debians, compilers and processors.

# What is for every processor has no package of its own for arm64.
ARM64_PACKAGES := crossbuild-essential-arm64 qemu-user pkg-config rapidjson-dev libcli11-dev \
                  $(patsubst %,%:arm64,$(filter-out libcli11-dev,$(filter lib%,$(BUILD_PACKAGES) $(COMPILED_TESTS))))
.PHONY: test-debian12 test-debian13 test-debian14 test-clang test-arm64 unit-arm64

test-debian12: TREE := bookworm
test-debian13: TREE := trixie
test-debian14: TREE := forky
test-debian12: ## run `make test` in a Debian 12 of its own, as root; TARGET= and what else make takes for another
test-debian13: ## the same in a Debian 13
test-debian14: ## the same in Debian's testing
test-debian12 test-debian13 test-debian14:
	@tests/install-packages mmdebstrap
	@tests/debian $(TREE) setup-test $(or $(TARGET),test) $(if $(ONLY),ONLY='$(ONLY)')

test-clang: ## build it with clang++, and test the parts
	@tests/install-packages $(BUILD_PACKAGES) $(COMPILED_TESTS)
	@$(MAKE) --no-print-directory -j$$(nproc) VARIANT=clang BUILD=build/clang CXX=clang++ all unit

test-arm64: ## build it for arm64 in a Debian 13 of its own, and test the parts with qemu, as root
	@tests/install-packages mmdebstrap
	@tests/debian trixie-arm64 unit-arm64

unit-arm64:
	@dpkg --add-architecture arm64
	@tests/install-packages $(ARM64_PACKAGES)
	@PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig $(MAKE) --no-print-directory -j$$(nproc) \
	  VARIANT=arm64 BUILD=build/arm64 CXX=aarch64-linux-gnu-g++ AR=aarch64-linux-gnu-ar RUNNER=qemu-aarch64 all unit

.PHONY: test-stores
test-stores: $(BUILD)/tests/integration-tests $(BUILD)/sessiond ## run the integration tests against each Redis and Valkey of Debian 12 and 13; ONLY= likewise
	@tests/install-packages mmdebstrap
	@tests/stores VARIANT=$(VARIANT) BUILD='$(BUILD)' ONLY='$(ONLY)'

# --- Installing. Each honours DESTDIR; NGINX_GROUP is the group that nginx's workers run in.

PREFIX      ?= /usr/local
sysconfdir  ?= /etc
unitdir     ?= $(PREFIX)/lib/systemd/system
NGINX_GROUP ?= www-data
PLACES = BUILD='$(BUILD)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sysconfdir='$(sysconfdir)' \
         unitdir='$(unitdir)' NGINX_GROUP='$(NGINX_GROUP)'

.PHONY: install uninstall deb dist sbom deploy test-boot test-reproducible options-table

install: all ## install under PREFIX (/usr/local); DESTDIR, sysconfdir and unitdir as usual
	@$(PLACES) systemd/install

uninstall: all ## remove what `make install` installed, except for configuration that was changed
	@$(PLACES) systemd/install --remove

dist: ## write the sources of the last commit into BUILD, as sessiond-VERSION.tar.gz
	@BUILD='$(BUILD)' systemd/dist

sbom: all ## print what the worker is made of: libraries, versions, licences, as SPDX in JSON
	@BUILD='$(BUILD)' BUILD_PACKAGES='$(BUILD_PACKAGES)' SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(date +%s)}" systemd/sbom

deb: ## build a Debian package in BUILD
	@tests/install-packages $(BUILD_PACKAGES) dpkg-dev
	@$(MAKE) --no-print-directory --silent -j$$(nproc) all
	@BUILD='$(BUILD)' BUILD_PACKAGES='$(BUILD_PACKAGES)' systemd/deb

options-table: all ## write the options and the subcommands into the manual pages, and the version into the OpenAPI documents
	@for page in $(abspath systemd/man/sessiond.8 systemd/man/sessiond.conf.5); do \
	  $(BUILD)/sessiond --dump-options | systemd/reference manual $$page > $$page.new && mv $$page.new $$page || exit; done
	@sed -i "0,/\"version\": /s/\(\"version\": \).*/\1\"$$($(BUILD)/sessiond --version | cut -d ' ' -f 2)\",/" nginx/openapi-internal.json nginx/www/api/v1/openapi.json

deploy: all ## test installing, the units, the configuration, CGI, and restarts under load
	@BUILD='$(BUILD)' tests/suite deploy $(REPORTS)

test-reproducible: ## build the last commit's package twice, in different folders, and compare (minutes; not part of `make test`)
	@tests/install-packages $(BUILD_PACKAGES) dpkg-dev
	@tests/deploy/reproducible

.PHONY: test-container
test-container: ## build the images of systemd/container and run them as the examples say, as root (minutes; not part of `make test`)
	@tests/install-packages $(RUN_PACKAGES) mmdebstrap buildah git iproute2 procps python3-yaml
	@tests/container/run

test-boot: deb ## test the package in a virtual Debian with systemd (minutes; not part of `make test`)
	@tests/install-packages mmdebstrap qemu-system-x86 e2fsprogs fakeroot
	@BUILD='$(BUILD)' tests/deploy/boot

clean: ## remove everything that was built
	$(Q)rm -rf build

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

-include $(OBJECTS:.o=.d) $(BUILD)/main.d $(UNIT_OBJECTS:.o=.d) $(INTEGRATION_OBJECTS:.o=.d)

# --- Benchmarks: ratios within one run. Nothing here is part of `make test`.

BENCH_PACKAGES := wrk python3 libnginx-mod-http-lua lua-nginx-redis lua-nginx-string lua-cjson php-fpm php-redis nodejs npm
# The last commit whose check was asked by FastCGI.
FASTCGI_CHECK  := 8b49e67
.PHONY: bench bench-activity bench-scale bench-instructions bench-relay bench-timing

$(BUILD)/tests/bench/threads: $(BUILD)/tests/bench/peers/threads/main.o $(BUILD)/libsessiond.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) $(LDFLAGS) -pthread $^ $(LIBS) -o $@

bench: setup ## measure against limits and peers, 8 minutes; ONLY=gateway just what guards an application; build/bench/ has table and plot
	@tests/install-packages $(filter-out $(if $(shell command -v npm),nodejs npm),$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory all $(BUILD)/tests/bench/threads $(if $(call in_history,$(FASTCGI_CHECK)),build/versions/$(FASTCGI_CHECK)/build/release/sessiond)
	@BUILD=$(BUILD) ONLY=$(ONLY) tests/bench/run

bench-scale: setup ## stores of 1 thousand, 100 thousand and 1 million sessions, lists of 1 to 100, and a cluster of 3
	@tests/install-packages wrk python3
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/bench/scale

bench-activity: setup ## count what it costs to note when 100,000 sessions are used, 2 minutes
	@tests/install-packages wrk python3
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/bench/activity

bench-instructions: setup ## count instructions a request with callgrind; BEFORE=table.md compares
	@tests/install-packages valgrind python3
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) BEFORE=$(BEFORE) tests/bench/instructions

bench-relay: $(BUILD)/sessiond ## measure what it costs to stand between nginx and an application that knows nothing of sessions
	@cd tests/live && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent; }
	@BUILD=$(BUILD) tests/bench/relay.mjs

bench-timing: setup ## see that how long an answer takes reveals no more than the answer itself
	@tests/install-packages python3
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/bench/timing

# --- Fuzzing: each tests/fuzz/NAME.cc is a target, tests/fuzz/corpus/NAME its inputs; tests/fuzz/raw
# throws bytes at a running worker.

FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(filter-out replay,$(patsubst tests/fuzz/%.cc,%,$(sort $(wildcard tests/fuzz/*.cc))))
# clang 14 cannot translate coroutines with -fsanitize=function; RapidJSON 1.1.0's empty stack adds
# to a null pointer, which is harmless.
FLAGS_fuzz   := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=function,pointer-overflow \
                -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: fuzz fuzz-programs fuzz-replay
.SECONDARY: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%.o)

# For their corpus they are compiled as one text, in a third of the time. Each is a function there, by the target's name.
$(BUILD)/tests/fuzz/replay.o: $(FUZZ_TARGETS:%=tests/fuzz/%.cc) tests/fuzz/replay.cc
	@echo "  CXX   tests/fuzz"
	$(Q)mkdir -p $(@D) && { \
	  printf '#include "fuzz/fuzz.h"\n'; \
	  printf '#define LLVMFuzzerTestOneInput fuzz_%s\n#include "tests/fuzz/%s.cc"\n#undef LLVMFuzzerTestOneInput\n' $(foreach each,$(FUZZ_TARGETS),$(each) $(each)); \
	  printf '#define TARGETS'; printf ' {"%s", fuzz_%s},' $(foreach each,$(FUZZ_TARGETS),$(each) $(each)); \
	  printf '\n#include "tests/fuzz/replay.cc"\n'; } > $(@:.o=.cc)
	$(Q)$(call compile,TEST_CXX,-Wno-subobject-linkage) -iquote . -c $(@:.o=.cc) -o $@

$(BUILD)/tests/fuzz/replay: $(BUILD)/tests/fuzz/replay.o $(BUILD)/libsessiond.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) $(LDFLAGS) -pthread $^ $(LIBS) -o $@

$(BUILD)/tests/fuzz/fuzz-%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libsessiond.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) -fsanitize=fuzzer $(LDFLAGS) -pthread $^ $(LIBS) -o $@

fuzz-programs: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz-%)

fuzz: ## look for inputs that break promises, FUZZ_SECONDS=60 for each target; TARGET=name for one
	@tests/install-packages $(BUILD_PACKAGES) clang libclang-rt-14-dev
	@$(MAKE) --no-print-directory VARIANT=fuzz BUILD=build/fuzz CXX=clang++ fuzz-programs
	@$(MAKE) --no-print-directory VARIANT=asan BUILD=build/asan all
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(or $(TARGET),$(FUZZ_TARGETS) raw)

fuzz-replay: $(BUILD)/tests/fuzz/replay $(BUILD)/sessiond ## run the fuzz targets on their corpus only
	@mkdir -p $(REPORTS); BUILD=$(BUILD) tests/fuzz/replay $(FUZZ_TARGETS) > $(REPORTS)/fuzz-$(VARIANT).txt; \
	status=$$?; cat $(REPORTS)/fuzz-$(VARIANT).txt; exit $$status

-include $(wildcard $(BUILD)/tests/fuzz/*.d)

# --- Chaos: faults under load. Afterwards every answer is compared with what was promised.

CHAOS_SECONDS ?= 600
TOPOLOGY      ?= single
REPLICAS      ?=

.PHONY: chaos chaos-short

chaos: all ## break Redis, the worker and nginx under load for CHAOS_SECONDS=600, then check every answer; TOPOLOGY=sentinel or cluster, REPLICAS=0
	@tests/install-packages $(RUN_PACKAGES) python3
	@CHAOS_SECONDS=$(CHAOS_SECONDS) TOPOLOGY='$(TOPOLOGY)' REPLICAS=$(REPLICAS) BUILD=$(BUILD) tests/chaos/run

chaos-short: all
	@CHAOS_SECONDS=1 TOPOLOGY='single sentinel cluster' REPLICAS=$(REPLICAS) BUILD=$(BUILD) tests/suite chaos $(REPORTS)

# --- Soak: each test puts load on sessiond for SOAK_SECONDS, and looks at it meanwhile and afterwards.

SOAK_SECONDS ?= 60
SOAK_OBJECTS := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(wildcard tests/soak/*.cc)))

.PHONY: soak soak-short

$(BUILD)/tests/soak-tests: $(SOAK_OBJECTS) $(FIXTURES) $(BUILD)/libsessiond.a

soak: $(BUILD)/tests/soak-tests $(BUILD)/sessiond ## put load on it, SOAK_SECONDS=60 for each test, and see what holds; ONLY= chooses
	$(call run_tests,soak,SOAK_SECONDS=$(SOAK_SECONDS))

soak-short: $(BUILD)/tests/soak-tests $(BUILD)/sessiond
	$(call run_tests,soak,SOAK_SECONDS=2 SOAK_REQUESTS=50000)

-include $(SOAK_OBJECTS:.o=.d)

# --- Versions: this worker and an earlier one, built from the history, on the same Redis.

EARLIER          ?= 605db7f
EARLIER_TREE     := build/versions/$(EARLIER)
BUILT_$(EARLIER) := CXX='$(TEST_CXX)' CXXFLAGS=-O0 HARDENING= WARNINGS=
# Its own Makefile compiles each source by itself, and some of these use one name. Each gets a name of its own, so that they
# are a text here.
BUILT_605db7f    += -f $(CURDIR)/Makefile
RENAME_605db7f   := for each in app/devices app/metadata app/operators http/query redis/pipeline redis/subscription \
                    session/authentication session/token; do \
                    sed -i -E "s/\b(bad|is_name|kMostRead|kLatest|kSecretSize|Packed)\b/\1_of_$${each\#*/}/g" src/$$each.cc || exit; done
in_history        = $(shell git cat-file -e $(1)^{commit} 2> /dev/null && echo yes)
HISTORY           = $(call in_history,$(EARLIER))
VERSIONS_OBJECTS := $(patsubst %.cc,$(BUILD)/%.o,$(sort $(wildcard tests/versions/*.cc)))

.PHONY: versions earlier

earlier: $(EARLIER_TREE)/build/release/sessiond

$(BUILD)/tests/versions-tests: $(VERSIONS_OBJECTS) $(FIXTURES) $(BUILD)/libsessiond.a

build/versions/%/build/release/sessiond:
	@[ -n "$(call in_history,$*)" ] || { echo "this needs commit $*, which is not in this copy's history" >&2; exit 1; }
	@rm -rf build/versions/$* && mkdir -p build/versions/$* && git archive $* | tar -x -C build/versions/$*
	@cd build/versions/$* && $(or $(RENAME_$*),:)
	@$(MAKE) --no-print-directory -C build/versions/$* VARIANT=release BUILD=build/release $(BUILT_$*) build/release/sessiond

versions: $(BUILD)/tests/versions-tests $(BUILD)/sessiond $(EARLIER_TREE)/build/release/sessiond ## test it beside an earlier version; EARLIER=commit chooses
	$(call run_tests,versions,EARLIER=$(EARLIER_TREE)/build/release/sessiond)

-include $(VERSIONS_OBJECTS:.o=.d)

# --- Style and static analysis of src/. clang-tidy reads the sources with the compiler's flags.

LINT_FLAGS = -std=c++20 -Isrc -I$(BUILD) -DEV_COMPAT3=0 $(shell pkg-config --cflags $(PACKAGES))

.PHONY: lint format

# Why some checks of cppcheck 2.10 are off: it does not understand coroutines and co_return. The compiler finds a missing
# return, and clang-tidy's analyzer the use of a null pointer. The bytes of a ShortText are uninitialised on purpose.
lint: all ## check the style of src/ and look for mistakes: clang-format, clang-tidy, cppcheck (minutes)
	@tests/install-packages $(LINT_PACKAGES)
	@clang-format --dry-run -Werror $(wildcard src/*.cc src/*/*.cc src/*/*.h)
	@cppcheck --quiet -j$$(nproc) --std=c++20 --enable=warning,performance,portability --inline-suppr --suppress=missingReturn \
	  --suppress=nullPointerRedundantCheck --suppress=uninitMemberVar:src/base/short_text.h --suppress=normalCheckLevelMaxBranches --error-exitcode=1 -Isrc src
	@tests/lint $(BUILD)/lint '$(LARGE)' $(LINT_FLAGS)
	@echo "src/ is clean"

format: ## bring src/ into the style of .clang-format
	@clang-format -i $(wildcard src/*.cc src/*/*.cc src/*/*.h)

# --- Mutants: the code is broken on purpose, one row of tests/mutants/*.mutants at a time, and a test must fail.

.PHONY: mutants

mutants: ## break the code on purpose, and see that a test notices; ONLY=text or SINCE=commit chooses rows, JOBS=4
	@tests/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) lld
	@ONLY='$(ONLY)' SINCE='$(SINCE)' JOBS='$(JOBS)' nice tests/mutants/run

# --- Mutants: each condition of the rooms that decide is broken on purpose, and a test must notice. All are in one
# program, built in a copy. tests/mutants/survivors lists those that no test can notice, and why.

MUTANTS       := build/mutants-generated
MUTANTS_FLAGS := -O1 -w -D_GLIBCXX_ASSERTIONS -include tests/mutants/mutant.h

.PHONY: mutants-generated

mutants-generated: ## break each condition and see that a test fails, JOBS=4 at once (hours, resumed); ONLY=src/app chooses
	@tests/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) python3-clang
	@mkdir -p $(MUTANTS) && tests/mutants/generate $(MUTANTS)
	@nice $(MAKE) --no-print-directory -j$$(nproc) -C $(MUTANTS)/tree VARIANT=release BUILD=build/mutants WARNINGS= \
	  CXXFLAGS='$(MUTANTS_FLAGS)' all build/mutants/tests/unit-tests build/mutants/tests/integration-tests > /dev/null
	@nice tests/mutants/judge $(MUTANTS)
