# sessiond. `make run` tries it out, `make test` checks everything; `make help` lists the rest.

# Knobs: make V=1 shows commands; BUILD=name chooses the folder; CXX, CXXFLAGS, LDFLAGS as usual.
VARIANT  ?= release
BUILD    ?= build/$(VARIANT)
CXX      ?= g++
CXXFLAGS ?= -O2 -g
LDFLAGS  ?=
PORT     ?= 8080
Q        := $(if $(V),,@)

FLAGS_release :=
FLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -fsanitize=thread -fno-omit-frame-pointer

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
PACKAGES := libsodium hiredis spdlog libsystemd
FLAGS     = -std=c++20 $(WARNINGS) $(CXXFLAGS) $(FLAGS_$(VARIANT)) -Isrc -I$(BUILD) -MMD -MP -pthread \
            $(shell pkg-config --cflags $(PACKAGES)) -DEV_COMPAT3=0
LIBS      = -lfcgi -lev $(shell pkg-config --libs $(PACKAGES))

SCRIPTS  := $(filter-out src/store/lua/common.lua,$(sort $(wildcard src/store/lua/*.lua)))
SOURCES  := $(sort $(wildcard src/*/*.cc))
OBJECTS  := $(SOURCES:src/%.cc=$(BUILD)/%.o) $(BUILD)/store/scripts.o

# What Debian 12 has to bring: for building, for running, for testing.
BUILD_PACKAGES := g++ make pkg-config libfcgi-dev rapidjson-dev libhiredis-dev libsodium-dev libev-dev \
                  libcli11-dev libspdlog-dev libsystemd-dev
RUN_PACKAGES   := redis-server nginx curl
TEST_PACKAGES  := libgtest-dev libgmock-dev libcurl4-openssl-dev

.DEFAULT_GOAL := all
.PHONY: all run test check help clean unit integration setup setup-test check-rooms check-format

all: $(BUILD)/sessiond ## build the worker

$(BUILD)/sessiond: $(BUILD)/main.o $(BUILD)/libsessiond.a
	@echo "  LINK  $@"
	$(Q)$(CXX) $(CXXFLAGS) $(FLAGS_$(VARIANT)) $(LDFLAGS) -pthread $^ $(LIBS) -o $@

$(BUILD)/libsessiond.a: $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: src/%.cc
	@echo "  CXX   $<"
	$(Q)mkdir -p $(@D) && $(CXX) $(FLAGS) -c $< -o $@

$(BUILD)/store/scripts.cc: $(SCRIPTS) src/store/lua/common.lua src/store/embed
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D) && src/store/embed $(SCRIPTS) > $@.tmp && mv $@.tmp $@

$(BUILD)/store/scripts.o: $(BUILD)/store/scripts.cc
	$(Q)$(CXX) $(FLAGS) -c $< -o $@

# The compiler and the libraries come first, but only where a target asks for set-up.
setup:
	@tests/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)

run: setup ## try it: Redis, the worker and nginx on 127.0.0.1:8080 (PORT=n for another), until Ctrl-C
	@$(MAKE) --no-print-directory all
	@PORT=$(PORT) BUILD=$(BUILD) tests/stack

clean: ## remove everything that was built
	$(Q)rm -rf build

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

-include $(OBJECTS:.o=.d) $(BUILD)/main.d
